/// A set of labels that behaviours may not ignore for ever; see `Liveness` for the exact meaning.
public struct Fairness: Hashable, Sendable {
  public enum Strength: String, Hashable, Sendable {
    /// What remains enabled is taken: for actions that wait for nobody.
    case weak
    /// What is enabled again and again is taken: for actions that compete.
    case strong
  }

  public var strength: Strength
  /// Below the system's `labelCount`.
  public var labels: Set<UInt32>

  public init(_ strength: Strength, _ labels: some Sequence<UInt32>) {
    self.strength = strength
    self.labels = Set(labels)
  }

  public static func weak(_ labels: some Sequence<UInt32>) -> Fairness { Fairness(.weak, labels) }
  public static func strong(_ labels: some Sequence<UInt32>) -> Fairness { Fairness(.strong, labels) }
}

/// The constraints as bits, and labels sorted into kinds: all labels that are in the same constraints are of one kind. An
/// edge of the graph need then remember a byte and no label.
struct LabelKinds: Sendable {
  /// Constraint i is bit i.
  private(set) var weak: UInt64 = 0
  private(set) var strong: UInt64 = 0
  /// A kind for every label, and one, in no constraint, for all beyond.
  private(set) var kinds: [UInt8] = []
  /// The constraints that a kind is in.
  private(set) var constraints: [UInt64] = []

  init(_ fairness: [Fairness], labelCount: Int) {
    var memberships = [UInt64](repeating: 0, count: labelCount + 1)
    for (i, constraint) in fairness.enumerated() {
      if constraint.strength == .weak { weak |= 1 << UInt64(i) } else { strong |= 1 << UInt64(i) }
      for label in constraint.labels where label < labelCount { memberships[Int(label)] |= 1 << UInt64(i) }
    }
    var known: [UInt64: Int] = [:]
    kinds.reserveCapacity(memberships.count)
    for membership in memberships {
      let kind = known[membership] ?? constraints.count
      if kind == constraints.count {
        known[membership] = kind
        constraints.append(membership)
      }
      // With more kinds than fit, the search is refused before any edge is stored.
      kinds.append(UInt8(truncatingIfNeeded: kind))
    }
  }

  @inline(__always) func kind(of label: UInt32) -> UInt8 { kinds[min(Int(label), kinds.count - 1)] }
}
