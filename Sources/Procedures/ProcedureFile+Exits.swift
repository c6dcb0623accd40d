import Rules

/// What a procedure does where a step fails for no reason that a rule knows, as for want of memory.
extension ProcedureFile {
  /// For each step whether it may: those that say where to go then, here or in the file that this one stands in for. Who was to look at an
  /// error, and does not any more, is to be found out.
  func fallibleSteps(insteadOf original: ProcedureFile?) -> [Bool] {
    let known = Set((original?.exits ?? []).map(\.step))
    return steps.indices.map { steps[$0].error.policy == .jump || known.contains(numbered($0)) && !steps[$0].step.isFlow }
  }

  /// Whether there is something else behind a step that fails than in the file that this one stands in for.
  func copesOtherwise(than original: ProcedureFile?) -> Bool {
    let known = original?.exits ?? []
    let fallible = fallibleSteps(insteadOf: original)
    let now = Set(steps.indices.filter { fallible[$0] }.map(exit))
    return !now.isSubset(of: known) || stepsBehindErrors.map(\.text) != (original?.stepsBehindErrors.map(\.text) ?? [])
  }

  /// A step as it is found again in another file of the same procedure: what it does, and how often that was done before.
  private struct Numbered: Hashable { let step: Step, ordinal: Int }
  private struct Exit: Hashable { let step: Numbered, policy: ErrorPolicy, target: String? }

  private var exits: Set<Exit> { Set(steps.indices.filter { steps[$0].error.policy == .jump }.map(exit)) }

  private func numbered(_ i: Int) -> Numbered { Numbered(step: steps[i].step, ordinal: steps[..<i].count { $0.step == steps[i].step }) }

  private func exit(_ i: Int) -> Exit {
    let target = steps[i].error.target.flatMap { index(of: $0) }
    return Exit(step: numbered(i), policy: steps[i].error.policy, target: target.map { steps[$0].text })
  }

  /// What nobody comes to but by an error.
  private var stepsBehindErrors: [WrittenStep] {
    var reached: Set<Int> = [], left = steps.isEmpty ? [] : [0]
    while let i = left.popLast() {
      guard i < steps.count, reached.insert(i).inserted else { continue }
      left += ways(from: i, withErrors: false).map(\.end)
    }
    return steps.indices.filter { !reached.contains($0) }.map { steps[$0] }
  }
}
