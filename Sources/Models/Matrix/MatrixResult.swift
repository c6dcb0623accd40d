import Exploration
import Rules

/// What saw a fault: a property or a promise, in how many steps, and the name under which the path is kept.
public struct MatrixFinding: Hashable, Sendable {
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

  init(_ found: Counterexample) {
    (path, witness, id) = (.counterexample(found), .property(found.property), found.id)
    (steps, cycle) = (found.actions.count, 0)
  }

  init(_ lapse: Lapse) {
    (path, witness, id) = (.lapse(lapse), .promise(lapse.promise), lapse.id)
    (steps, cycle) = (lapse.stem.count + lapse.cycle.count, lapse.cycle.count)
  }
}

/// A cell that was explored.
public struct MatrixResult: Sendable {
  /// What the exploration comes to beside what was declared.
  public enum Judgement: Hashable, Sendable {
    case asDeclared
    /// A fault that breaks nothing: nobody would see it in a review.
    case uncaught
    /// Something breaks that holds by its files.
    case blamed
    /// Something breaks, and not what the file names.
    case otherwise
    /// Nothing was found, and not everything was seen.
    case undecided(String)
  }

  public let cell: MatrixCell
  /// The first comes first; where the cell goes on, the first of each property.
  public let findings: [MatrixFinding]
  public let judgement: Judgement
  public let check: Check
  public var states: Int { check.report.states }
  public var isExhaustive: Bool { check.report.isExhaustive }

  public init(_ cell: MatrixCell, _ check: Check) {
    self.cell = cell
    findings = check.counterexamples.map { MatrixFinding($0) } + (check.lapse.map { [MatrixFinding($0)] } ?? [])
    judgement = Self.judge(cell.declared, findings.first?.witness, check.verdict)
    self.check = check
  }

  private static func judge(_ declared: MatrixCell.Declaration, _ found: MatrixFinding.Witness?, _ verdict: Check.Verdict) -> Judgement {
    switch (declared, found) {
    case (.holds, .some), (.holdsSoFar, .some): return .blamed
    case (.holdsSoFar, nil), (.breaksSomething, .some): return .asDeclared
    case (.breaks(let properties), .property(let property)): return properties.contains(property) ? .asDeclared : .otherwise
    case (.lapses(let promise), .promise(let found)): return promise == found ? .asDeclared : .otherwise
    case (.breaks, .promise), (.lapses, .property): return .otherwise
    case (_, nil): break
    }
    if case .incomplete(let reason) = verdict { return .undecided(reason) }
    return declared == .holds ? .asDeclared : .uncaught
  }
}

extension MatrixCell {
  /// Explores. A limit of the caller's takes the place of the cell's own.
  public func explored(limit: Int? = nil, options: SearchOptions = SearchOptions()) throws -> MatrixResult {
    var options = options
    options.limit = limit ?? self.limit
    options.stopAtFirst = !goesOn
    return MatrixResult(self, try Check(try model(), options: options))
  }
}
