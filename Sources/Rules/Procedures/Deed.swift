/// What has come, as far as a task can know, of what its procedure is there for: whoever returns reports success or an error, and neither may lie.
public enum Deed: Small {
  case nothing
  /// It was so at a step of the task's own; or the task has done it, and has an error to report of something else.
  case found
  case done
}

extension Stage {
  /// A step of the task's own has done it, or undone it. What somebody else undoes later takes nothing from the task.
  @inlinable mutating func noteChange(of procedure: Procedure, by task: UInt8, _ d: UInt8, from wasSo: Bool, _ book: borrowing Rulebook) {
    let isSo = isFulfilled(procedure, by: task, d, book)
    if isSo != wasSo { self[deed: task] = isSo ? .done : .nothing }
  }

  /// What is so already need not be done. That a function answers is no reset.
  @inlinable mutating func noteFound(_ procedure: Procedure, by task: UInt8, _ d: UInt8, _ book: borrowing Rulebook) {
    if self[deed: task] == .nothing, procedure != .reset, isFulfilled(procedure, by: task, d, book) { self[deed: task] = .found }
  }

  /// A step failed, and the procedure goes another way for it. After a reset, or when something was given back, that is worth an error of
  /// its own; whoever has taken something gives it back first.
  @inlinable mutating func noteFailure(of line: PlaybookLine, by task: UInt8) {
    if line.hasPurpose, !line.procedure.takes, self[deed: task] == .done { self[deed: task] = .found }
  }

  /// What is untrue of the report with which the task ends its procedure. Whoever had to kill the VM on the way has not reported that all is
  /// well, and nobody gives anything back to a VM that is dead.
  @inlinable func lie(of task: UInt8, from line: PlaybookLine, to onward: Onward, _ d: UInt8, _ book: borrowing Rulebook) -> Property? {
    guard line.hasPurpose, vmEnd != .kvm else { return nil }
    switch onward {
    case .line: return nil
    case .success: return self[deed: task] == .nothing ? .falseSuccess : nil
    case .failure: return self[deed: task] == .done && isFulfilled(line.procedure, by: task, d, book) ? .falseFailure : nil
    }
  }
}
