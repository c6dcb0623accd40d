import Rules

/// Something that breaks: the property or promise that saw it, in how many steps, and the name under which the path is kept.
public struct Finding: Hashable, Sendable {
  public enum Witness: Hashable, Sendable {
    case property(Property)
    case promise(Promise)

    public var id: String {
      switch self {
      case .property(let property): property.id
      case .promise(let promise): promise.id
      }
    }
  }
  /// How it was seen.
  public enum Path: Hashable, Sendable {
    case counterexample(Counterexample)
    case lapse(Lapse)
  }
  public let path: Path
  public let witness: Witness
  public let id: String
  /// The whole way; for a promise, the way to its turn and one round.
  public let steps: Int
  /// How many of them, the last, go round.
  public let cycle: Int

  public init(_ found: Counterexample) {
    (path, witness, id) = (.counterexample(found), .property(found.property), found.id)
    (steps, cycle) = (found.actions.count, 0)
  }

  public init(_ lapse: Lapse) {
    (path, witness, id) = (.lapse(lapse), .promise(lapse.promise), lapse.id)
    (steps, cycle) = (lapse.stem.count + lapse.cycle.count, lapse.cycle.count)
  }

  /// The steps, and those of the round behind a sign where there is one.
  public var length: String { cycle > 0 ? "\(steps - cycle)+\(cycle)" : "\(steps)" }

  public var actions: [Action] {
    switch path {
    case .counterexample(let found): found.actions
    case .lapse(let lapse): lapse.stem + lapse.cycle
    }
  }
}
