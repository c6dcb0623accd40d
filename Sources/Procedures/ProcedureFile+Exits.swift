import Rules

/// Where a step may fail for no reason that a rule knows, as for want of memory.
extension ProcedureFile {
  /// For each step whether it may: those that say where else to go then, here or in the file that this one stands in for. Who was to look at an
  /// error, and does not any more, is to be found out; not so where there are more such steps, or fewer, than there were.
  func fallibleSteps(insteadOf original: ProcedureFile?) -> [Bool] {
    steps.indices.map { i in
      guard !steps[i].step.isFlow, steps[i].error.policy != .retry else { return false }
      if steps[i].error.policy == .jump { return hasExit(i) }
      guard let original else { return false }
      let same = original.steps.indices.filter { original.steps[$0].step == steps[i].step }
      let ordinal = steps[..<i].count { $0.step == steps[i].step }
      return same.count == steps.count { $0.step == steps[i].step } && original.hasExit(same[ordinal])
    }
  }

  /// The step has a way of its own for errors, and one that leads elsewhere: whoever tries again is where he was.
  private func hasExit(_ i: Int) -> Bool {
    steps[i].error.policy == .jump && !steps[i].step.isFlow && steps[i].error.target.flatMap { index(of: $0) } != i
  }
}
