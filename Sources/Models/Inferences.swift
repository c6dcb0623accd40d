import Procedures
import Rules

/// What a verdict may rest on that no source settles.
extension Check {
  public var inferred: [InferredRule] {
    let decided: Set<InferredRule> =
      if let counterexample { model.inferred(on: counterexample.actions) } else if let lapse { model.inferred(on: lapse.stem + lapse.cycle) } else {
        model.inferred
      }
    return InferredRule.allCases.filter(decided.contains)
  }
}

extension Model {
  /// Those at whose calls somebody can come: a world in which everything was seen does not say which of them it needed.
  fileprivate var inferred: Set<InferredRule> {
    var steps = Set(actions.compactMap { if case .call(let step, _, _) = $0 { step } else { nil } })
    for procedure in entered { steps.formUnion(procedures[procedure]?.steps.map(\.step) ?? []) }
    return Set(InferredRule.allCases.filter { $0.steps.contains(where: steps.contains) })
  }

  /// Those that decided something on a path.
  fileprivate func inferred(on path: [Action]) -> Set<InferredRule> {
    // From the very beginning: a set-up can rest on them, too, and one that is broken is the path.
    var world = PackedWorld(), found: Set<InferredRule> = []
    world.begin()
    func look(_ step: Step, _ d: UInt8) { for rule in InferredRule.allCases where world.decides(rule, step, d, book) { found.insert(rule) } }
    for action in beginning + path {
      switch action {
      case .advance(let task): if let call = world.pendingStep(of: task, book) { look(call.step, call.device) }
      case .call(let step, let d, _): look(step, d)
      default: break
      }
      _ = world.perform(action, book)
    }
    return found
  }
}
