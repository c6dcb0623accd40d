/// What has come, as far as a task can know, of what its procedure is there for: whoever returns reports success or an error, and neither may lie.
public enum Deed: Small {
  case nothing
  /// It was so at a step of the task's own.
  case found
  case done
  /// Done, with an error behind it that may be reported.
  case marred
  /// Done, and by half undone.
  case half

  /// By a step of the task's own.
  @inlinable public var isOwn: Bool { self == .done || self == .marred }
}

extension Stage {
  /// A step of the task's own has done it, or undone it. What somebody else undoes later takes nothing from the task.
  @inlinable mutating func noteChange(of line: PlaybookLine, by task: UInt8, _ d: UInt8, from wasSo: Bool, _ book: borrowing Rulebook) {
    let isSo = isFulfilled(line.procedure, by: task, d, book), deed = self[deed: task]
    if isSo, !wasSo {
      // Who is to reset a function wakes it first, and has not come to the reset by that.
      self[deed: task] = line.procedure == .reset && line.step == .powerD0 ? .marred : .done
    } else if wasSo, !isSo {
      self[deed: task] = deed.isOwn && isLeft(of: line.procedure, d) ? .half : .nothing
    } else if deed == .half, !isLeft(of: line.procedure, d) {
      self[deed: task] = .nothing
    }
  }

  /// What is so already need not be done. That a function answers is no reset.
  @inlinable mutating func noteFound(_ procedure: Procedure, by task: UInt8, _ d: UInt8, _ book: borrowing Rulebook) {
    if self[deed: task] == .nothing, procedure != .reset, isFulfilled(procedure, by: task, d, book) { self[deed: task] = .found }
  }

  /// A step failed, and the procedure goes another way for it. After a reset, or when something was given back, that is worth an error of
  /// its own; whoever has taken something gives it back first.
  @inlinable mutating func noteFailure(of line: PlaybookLine, by task: UInt8) {
    if line.hasPurpose, !line.procedure.takes, self[deed: task] == .done { self[deed: task] = .marred }
  }

  /// What is untrue of the report with which the task ends its procedure. Whoever had to kill the VM on the way has not reported that all is
  /// well, and nobody gives anything back to a VM that is dead.
  @inlinable func lie(of task: UInt8, from line: PlaybookLine, to onward: Onward, _ d: UInt8, _ book: borrowing Rulebook) -> Property? {
    guard line.hasPurpose, vmEnd != .kvm else { return nil }
    switch (onward, self[deed: task]) {
    case (.success, .nothing), (.success, .half): return .falseSuccess
    case (.failure, .done): return isFulfilled(line.procedure, by: task, d, book) ? .falseFailure : nil
    case (.failure, .half): return isLeft(of: line.procedure, d) ? .falseFailure : nil
    default: return nil
    }
  }

  /// Whether a task's next step ends the procedure that it is in with a success that is its own.
  @inlinable public func works(_ procedure: Procedure, _ book: borrowing Rulebook) -> Bool {
    for task in 0..<Bounds.tasks {
      let position = self[.taskPosition, Int(task)]
      guard position != 0, book.playbook[position].procedure == procedure else { continue }
      let d = UInt8(truncatingIfNeeded: self[.taskDevice, Int(task)])
      var next = self
      let outcome = next.perform(.advance(task: task), book)
      let before = yield(of: procedure, d, book), after = next.yield(of: procedure, d, book)
      // What an end owes is asked of the world there, so that nobody keeps a deed of it.
      guard procedure.reportsItsPurpose else {
        if outcome == .accepted, after > before { return true }
        continue
      }
      guard next.isIdle(task), reportsSuccess(task, outcome, book) else { continue }
      if after > before || (self[deed: task].isOwn && after == before) { return true }
    }
    return false
  }

  /// Whether the task ends its procedure without an error where its next step comes to this. A line that its condition leaves nothing to
  /// do is passed by.
  @usableFromInline func reportsSuccess(_ task: UInt8, _ outcome: Outcome, _ book: borrowing Rulebook) -> Bool {
    let line = book.playbook[self[.taskPosition, Int(task)]]
    return !outcome.isViolation && (cursor(of: task, at: line, book) == nil || line.onward(after: outcome) == .success)
  }
}
