import Procedures
import Rules

/// Two sets of procedures in the same model: what holds under which.
public struct Comparison: Sendable {
  public enum Side: String, CaseIterable, Hashable, Sendable { case left, right }

  /// One of something for each side.
  public struct Sides<Value: Sendable>: Sendable {
    public var left: Value, right: Value
    public init(left: Value, right: Value) { (self.left, self.right) = (left, right) }
    public subscript(_ side: Side) -> Value { side == .left ? left : right }
  }

  public struct Row: Hashable, Sendable {
    public let property: Property
    /// Nil where it was not asked.
    public let left: Judgements.Answer?
    public let right: Judgements.Answer?

    /// Broken under one and holding under the other, both for certain.
    public var isDifference: Bool { brokenSide != nil }
    public var brokenSide: Side? {
      switch (left, right) {
      case (.violated, .holds): .left
      case (.holds, .violated): .right
      default: nil
      }
    }
    /// The counterexample of the side on which it breaks and the other holds.
    public var counterexample: Counterexample? {
      switch (left, right) {
      case (.violated(let found), .holds), (.holds, .violated(let found)): found
      default: nil
      }
    }
  }

  public let left: Judgements
  public let right: Judgements

  public init(left: Judgements, right: Judgements) { (self.left, self.right) = (left, right) }

  public subscript(_ side: Side) -> Judgements { side == .left ? left : right }

  /// In the order of the properties; what neither side was asked is left out.
  public var rows: [Row] {
    left.model.kind.properties.compactMap { property in
      let row = Row(property: property, left: left[property], right: right[property])
      return row.left == nil && row.right == nil ? nil : row
    }
  }

  public var differences: [Row] { rows.filter(\.isDifference) }

  /// The shortest path that breaks a property under one and not under the other. Of two that are as long, the first property's.
  public var shortest: Row? {
    differences.min { ($0.counterexample?.actions.count ?? .max) < ($1.counterexample?.actions.count ?? .max) }
  }

  public var isComplete: Bool { left.isComplete && right.isComplete }
}

extension Comparison {
  /// What a comparison comes to. A side's files may declare what it should come to; a user's procedure declares nothing, and is
  /// then expected to come to what the other side comes to.
  public enum Verdict: String, Hashable, Sendable {
    /// Both sides declare, and both are as they declare.
    case asDeclared = "as-declared"
    case notAsDeclared = "not-as-declared"
    /// The same properties break.
    case same
    /// A property is broken under one and holds under the other.
    case differs
    /// Something is not known, and nothing that is known decides.
    case incomplete
  }

  public func verdict(declared: Sides<Variant.Expectation?>) -> Verdict {
    for (side, declaration) in [(left, declared.left), (right, declared.right)] {
      if let declaration, !side.mayBe(declaration) { return .notAsDeclared }
    }
    if declared.left != nil, declared.right != nil { return isComplete ? .asDeclared : .incomplete }
    if !differences.isEmpty { return .differs }
    return isComplete ? .same : .incomplete
  }
}

extension Judgements {
  /// Whether what is known agrees with what a file declares.
  func mayBe(_ declaration: Variant.Expectation) -> Bool {
    switch declaration {
    case .holds: found.isEmpty
    // As in a variant's file: the first that breaks is one of these.
    case .violates(let properties): found.first.map { properties.contains($0.property) } ?? !isComplete
    }
  }
}
