import Charts
import Rules

/// Who is in which procedure, what each holds and what it stands before: what a deadlock, or a task that starves, is about.
struct Waiting {
  /// The locks that a procedure takes, and what `lock` calls them.
  static let locks: [(field: Field, word: String)] = [
    (.deviceSetLock, "device-set"), (.tsmLock, "tsm"), (.memoryLock, "memory"), (.reservation, "reservation"),
  ]

  /// Whether what the path shows is that somebody waits.
  static func isShown(by claim: Claim?) -> Bool {
    switch claim {
    case .violation(.deadlock), .lapse(.noWaiterStarves, _, _): true
    default: false
    }
  }

  /// Whether the event takes or drops a lock.
  static func isLock(_ event: RecordedEvent) -> Bool {
    event.changes.contains { change in locks.contains { change.place.hasPrefix("\($0.field)") } }
  }

  /// `task 0` of `advance 0`.
  static func task(of event: RecordedEvent) -> String? {
    guard let action = event.action, case .advance(let task)? = Action(action) else { return nil }
    return "task \(task)"
  }

  /// A fact for each task that is inside a procedure, or came out of one with a lock.
  static func facts(_ world: TableWorld, _ shape: MachineShape, _ book: Rulebook) -> [Fact] {
    (0..<Bounds.tasks).compactMap { task in
      var words: [String] = []
      let position = world[.taskPosition, Int(task)]
      if position != 0 {
        let line = book.playbook[position]
        words.append("in \(line.procedure.id), before '\(line.step.id)'")
      }
      let held = locks.flatMap { lock in
        (0..<world.bounds.count(along: lock.field.axis)).filter { world[lock.field, $0] == UInt16(task) + 1 }.map { index in
          let isOfOne = lock.field.axis == .device && shape.devices.count > 1
          return lock.word + (isOfOne ? " of \(shortAddress(shape.devices[index].id))" : "")
        }
      }
      if !held.isEmpty { words.append("holds lock " + held.joined(separator: ", ")) }
      if position == 0, !held.isEmpty { words.insert("in no procedure any more", at: 0) }
      return words.isEmpty ? nil : Fact("task \(task)", words.joined(separator: "; "))
    }
  }
}
