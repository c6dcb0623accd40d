import Exploration

/// What a model is asked of whole behaviours, in the engine's terms.
struct Promises: Sendable {
  /// Positions in the model's list of properties, in the order of `asked`.
  private(set) var properties: [Int] = []
  private(set) var asked: [LivenessProperty] = []
  /// Fact i is the i-th of these.
  private(set) var predicates: [Property.Predicate] = []
  private(set) var fairness: [Fairness] = []

  init(_ model: Model) {
    for (i, property) in model.properties.enumerated() {
      guard let form = translate(property.form) else { continue }
      properties.append(i)
      asked.append(form)
    }
    // Without a question nobody needs to be fair.
    guard !asked.isEmpty else { return }
    for (label, place) in model.labels.enumerated() {
      switch model.actions[place.action].fairness {
      case .none: break
      case .weak: fairness.append(.weak([UInt32(label)]))
      case .strong: fairness.append(.strong([UInt32(label)]))
      }
    }
  }

  private mutating func translate(_ form: Property.Form) -> LivenessProperty? {
    switch form {
    case .always, .sometimes, .neverDeadlocks: nil
    case .leadsTo(let trigger, let goal): .leadsTo(trigger: fact(trigger), goal: fact(goal))
    case .alwaysEventually(let goal): .alwaysEventually(fact(goal))
    case .eventuallyAlways(let goal): .eventuallyAlways(fact(goal))
    case .eventually(let goal): .eventually(fact(goal))
    }
  }

  private mutating func fact(_ predicate: @escaping Property.Predicate) -> Int {
    predicates.append(predicate)
    return predicates.count - 1
  }
}

extension Model {
  var promises: Promises { Promises(self) }

  var liveness: Liveness? {
    let promises = promises
    if promises.asked.isEmpty { return nil }
    let (width, schema) = (width, initial.schema)
    let parts = promises.predicates.enumerated().map { fact, holds in
      let bit: UInt32 = 1 << UInt32(fact)
      return Facts { holds($0) ? bit : 0 }
    }
    guard let facts = Facts.joined(parts)?.bits else { return nil }
    return Liveness(properties: promises.asked, fairness: promises.fairness) { facts(State($0, width: width, schema: schema)) }
  }
}
