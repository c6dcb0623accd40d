import Exploration

extension Model {
  /// What the engine explores: states as words, and closures that turn them into states and back.
  var system: TransitionSystem {
    let (width, schema, expand) = (width, initial.schema, expansion.append)
    return TransitionSystem(
      width: width, initial: (0..<width).map { initial.words[$0] }, labelCount: labels.count, check: judge, quiescent: deadlocks,
      expand: { words, successors in expand(State(words, width: width, schema: schema), &successors) })
  }

  private var expansion: Expansion {
    var first: UInt32 = 0
    let parts = actions.map { action in
      let (expand, label) = (action.expand, first)
      first += UInt32(action.instances.count)
      return Expansion { state, successors in expand(state, label, &successors) }
    }
    return Expansion.joined(parts) ?? Expansion { _, _ in }
  }

  /// The number of a property in the engine: its position plus one. Zero is none, 255 is a value out of range.
  static func number(_ property: Int) -> UInt8 { UInt8(truncatingIfNeeded: property + 1) }

  /// The properties that a single state can break.
  var invariants: [(property: Int, holds: Property.Predicate)] {
    properties.enumerated().compactMap { i, property in
      guard case .always(let premise, let holds) = property.form else { return nil }
      guard let premise else { return (i, holds) }
      return (i, { !premise($0) || holds($0) })
    }
  }

  private var judge: TransitionSystem.Judge? {
    let parts = invariants.map { i, holds in Judgement { holds($0) ? 0 : Self.number(i) } }
    guard let broken = Judgement.joined(parts)?.number else { return nil }
    let (width, schema) = (width, initial.schema)
    return { broken(State($0, width: width, schema: schema)) }
  }

  private var deadlocks: TransitionSystem.Judge? {
    for (i, property) in properties.enumerated() {
      guard case .neverDeadlocks(let quiescent) = property.form else { continue }
      let (width, schema) = (width, initial.schema)
      return { words in quiescent?(State(words, width: width, schema: schema)) == true ? 0 : Self.number(i) }
    }
    return nil
  }
}
