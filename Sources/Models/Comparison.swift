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
    public let asked: Finding.Witness
    /// Nil where it was not asked.
    public let left: Judgements.Answer?
    public let right: Judgements.Answer?

    /// Broken under one and holding under the other, both for certain.
    public var isDifference: Bool { brokenSide != nil }
    public var brokenSide: Side? {
      switch (left, right) {
      case (.broken, .holds), (.broken, .neverOwed): .left
      case (.holds, .broken), (.neverOwed, .broken): .right
      default: nil
      }
    }
    /// The path of the side on which it breaks and the other holds.
    public var finding: Finding? {
      switch (brokenSide, left, right) {
      case (.left, .broken(let found), _), (.right, _, .broken(let found)): found
      default: nil
      }
    }
  }

  /// What a world comes to somewhere under one side, and never under the other: there nothing that is about it can break. Or what is owed,
  /// and neither comes to.
  public struct MilestoneRow: Hashable, Sendable {
    public let milestone: Milestone
    /// Nil: not asked there, as where a procedure is there for something else.
    public let left: Bool?
    public let right: Bool?

    /// One side comes to it, and the other does not.
    public var isDifference: Bool { left != nil && right != nil && left != right }
  }

  public let left: Judgements
  public let right: Judgements

  public init(left: Judgements, right: Judgements) { (self.left, self.right) = (left, right) }

  public subscript(_ side: Side) -> Judgements { side == .left ? left : right }

  /// In the order of properties and promises; what neither side was asked is left out.
  public var rows: [Row] {
    let kind = left.model.kind
    let all = kind.properties.map { Finding.Witness.property($0) } + kind.promises.map { .promise($0) }
    return all.compactMap { asked in
      let row = Row(asked: asked, left: left[asked], right: right[asked])
      return row.left == nil && row.right == nil ? nil : row
    }
  }

  public var differences: [Row] { rows.filter(\.isDifference) }

  /// Where both sides were seen to their end.
  public var milestones: [MilestoneRow] {
    guard let nowhere = left.notReached, let other = right.notReached else { return [] }
    return Milestone.allCases.compactMap { milestone in
      func isReached(_ side: Judgements, _ missing: [Milestone]) -> Bool? {
        side.model.wanted.contains(milestone) ? !missing.contains(milestone) : nil
      }
      let row = MilestoneRow(milestone: milestone, left: isReached(left, nowhere), right: isReached(right, other))
      let isMissed = left.missed.contains(milestone) || right.missed.contains(milestone)
      return row.isDifference || isMissed ? row : nil
    }
  }

  public var milestoneDifferences: [MilestoneRow] { milestones.filter(\.isDifference) }

  /// The shortest path that breaks something under one and not under the other. Of two that are as long, the first in the order of rows.
  public var shortest: Row? { differences.min { ($0.finding?.steps ?? .max) < ($1.finding?.steps ?? .max) } }

  public var isComplete: Bool { left.isComplete && right.isComplete }
}

extension Comparison {
  /// What a comparison comes to. A side's files may declare what it should come to; a user's procedure declares nothing, and is
  /// then expected to come to what the other side comes to.
  public enum Verdict: String, Hashable, Sendable {
    /// Both sides declare, and both are as they declare.
    case asDeclared = "as-declared"
    case notAsDeclared = "not-as-declared"
    /// The same properties and promises break.
    case same
    /// Something is broken under one and holds under the other, or is come to under one and never under the other.
    case differs
    /// Something is not known, and nothing that is known decides.
    case incomplete
  }

  public func verdict(declared: Sides<Variant.Expectation?>) -> Verdict {
    for (side, declaration) in [(left, declared.left), (right, declared.right)] {
      if let declaration, !side.mayBe(declaration) { return .notAsDeclared }
    }
    if declared.left != nil, declared.right != nil { return isComplete ? .asDeclared : .incomplete }
    if !differences.isEmpty || !milestoneDifferences.isEmpty { return .differs }
    return isComplete ? .same : .incomplete
  }
}

extension Judgements {
  /// Whether what is known agrees with what a file declares.
  public func mayBe(_ declaration: Variant.Expectation) -> Bool {
    func named(_ witness: Finding.Witness) -> Bool { declaration.names(witness) }
    switch declaration {
    case .holds: return found.isEmpty && missed.isEmpty
    case .beginsWith: return found.first.map { named($0.witness) } ?? !isComplete
    case .violates:
      // What is named and cannot break in a world of this size is no contradiction, as long as something that is named does break.
      let isDue = answers.contains { named($0.asked) }
      return found.allSatisfy { named($0.witness) } && (!found.isEmpty || !isDue || !isComplete)
    }
  }

  /// Whether it is just what is declared, of all that was asked: in the world in which files declare it (`FaultMatrix`).
  public func isJust(_ declaration: Variant.Expectation) -> Bool {
    isComplete && answers.allSatisfy { asked, answer in if case .broken = answer { declaration.names(asked) } else { !declaration.names(asked) } }
  }
}

extension Variant.Expectation {
  func names(_ witness: Finding.Witness) -> Bool {
    switch witness {
    case .property(let property): properties.contains(property)
    case .promise(let promise): promises.contains(promise)
    }
  }
}
