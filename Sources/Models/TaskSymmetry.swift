import Rules

/// The host's two tasks are interchangeable: which of them walks which procedure makes no difference to any rule. Of two worlds
/// that differ by their exchange the explorer keeps one, the one whose first task is further on; half of all worlds with two busy
/// tasks need not be visited. A swap is an automorphism because a task's number stands in nothing but its own fields and the
/// locks that it holds, and because a new procedure goes to whichever task is idle.
extension PackedWorld {
  /// Puts the tasks in order. True when they were exchanged.
  @inlinable @inline(__always) public mutating func sortTasks(devices: UInt8) -> Bool {
    let place = Field.taskPosition.place, low = UInt64(place.shift), high = low &+ 16
    let first = words[0] &>> low & 0xFFFF, second = words[0] &>> high
    guard first < second || (first == second && first != 0 && ownsLater) else { return false }
    words[0] = words[0] & ~(~0 &<< low) | second &<< low | first &<< high
    swapOwners(in: 0, .deviceSetLock)
    for d in 0..<Int(devices) {
      let word = 2 &+ 2 &* d
      swapOwners(in: word, .memoryLock)
      swapOwners(in: word, .reservation)
      swapOwners(in: word, .tsmLock)
    }
    return true
  }

  /// Two tasks at the same line of the same procedure differ in what they hold: the second has the device set, or the first lock
  /// that is held at all.
  @usableFromInline var ownsLater: Bool {
    for (field, count) in [(Field.deviceSetLock, 1), (.memoryLock, 2), (.reservation, 2), (.tsmLock, 2)] {
      for i in 0..<count where self[field, i] != 0 { return self[field, i] == 2 }
    }
    return false
  }

  /// A lock holds 0, or its owner's number and one: 1 and 2 change places.
  @inlinable @inline(__always) mutating func swapOwners(in word: Int, _ lock: Field) {
    let shift = UInt64(lock.place.shift), owner = words[word] &>> shift & 3
    words[word] = words[word] & ~(3 &<< shift) | (owner &<< 1 & 2 | owner &>> 1) &<< shift
  }
}

extension Model {
  /// A path of the explorer as what is really done: where the explorer had exchanged its tasks, the other one moves.
  func unfold(_ labels: [UInt32]) -> [Action] {
    guard symmetry == .tasks else { return labels.map(action) }
    var world = initial, isExchanged = false
    return labels.map { label in
      let action = actions[Int(label)]
      _ = world.perform(action, book)
      let done = isExchanged ? action.byOtherTask : action
      if world.sortTasks(devices: book.bounds.devices) { isExchanged.toggle() }
      // Two idle tasks have no order: the next procedure goes to the first.
      if world.isIdle(0), world.isIdle(1) { isExchanged = false }
      return done
    }
  }
}

extension Action {
  /// The same, where a task does it: by the other one.
  fileprivate var byOtherTask: Action {
    switch self {
    case .advance(let task): .advance(task: 1 - task)
    case .failStep(let procedure, let task): .failStep(procedure, task: 1 - task)
    default: self
    }
  }
}

/// What the explorer takes for one.
public enum Symmetry: Hashable, Sendable {
  case none
  /// Worlds that differ in which of the two tasks does what.
  case tasks
}
