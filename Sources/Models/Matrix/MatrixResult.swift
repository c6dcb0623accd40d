import Exploration
import Rules

/// A cell that was explored.
public struct MatrixResult: Sendable {
  /// What the exploration comes to beside what was declared.
  public enum Judgement: Hashable, Sendable {
    case asDeclared
    /// A fault that breaks nothing, and by which nothing that is owed is missed: nobody would see it in a review.
    case uncaught
    /// Something breaks, or comes nowhere, where all holds by its files.
    case blamed
    /// Something breaks, and not what the file names.
    case otherwise
    /// Nothing was found, and not everything was seen.
    case undecided(String)
  }

  public let cell: MatrixCell
  /// The first comes first; where the cell goes on, the first of each property.
  public let findings: [Finding]
  /// What it has to come to and nowhere does.
  public var missed: [Milestone] { check.missed }
  public let judgement: Judgement
  public let check: Check
  public var states: Int { check.report.states }
  public var isExhaustive: Bool { check.report.isExhaustive }

  public init(_ cell: MatrixCell, _ check: Check) {
    self.cell = cell
    findings = check.counterexamples.map { Finding($0) } + check.lapses.map { Finding($0) }
    judgement = Self.judge(cell, findings.map(\.witness), check)
    self.check = check
  }

  private static func judge(_ cell: MatrixCell, _ found: [Finding.Witness], _ check: Check) -> Judgement {
    let declared = cell.declared
    switch (declared, found.first) {
    case (.breaksJust(let all), _) where !found.allSatisfy(all.contains): return .otherwise
    case (.breaksJust, _) where !check.report.isExhaustive: return .undecided(check.whyOpen)
    case (.breaksJust(let all), _): return found.count == all.count ? .asDeclared : .uncaught
    case (.holds, .some), (.holdsSoFar, .some): return .blamed
    case (.holdsSoFar, nil), (.breaksSomething, .some): return .asDeclared
    case (.breaks(let properties), .property(let property)): return properties.contains(property) ? .asDeclared : .otherwise
    case (.lapses(let promise), .promise(let found)): return promise == found ? .asDeclared : .otherwise
    case (.breaks, .promise), (.lapses, .property), (.misses, .some): return .otherwise
    case (_, nil): break
    }
    if case .incomplete(let reason) = check.verdict { return .undecided(reason) }
    guard let missed = check.missed.first else { return declared == .holds ? .asDeclared : .uncaught }
    switch declared {
    // Where a guard refuses a step of a fault, what the step is there for may come nowhere.
    case .holds: return cell.isRefused ? .asDeclared : .blamed
    case .breaksSomething: if case .fault = cell.subject { return .asDeclared } else { return .uncaught }
    case .misses(let all): return all.contains(missed) ? .asDeclared : .otherwise
    case .holdsSoFar, .breaks, .breaksJust, .lapses: return .otherwise
    }
  }
}

extension Check {
  /// Why not everything was seen.
  fileprivate var whyOpen: String {
    if case .incomplete(let reason) = report.end { return reason.rawValue }
    return report.liveness?.incompleteness?.rawValue ?? "stopped"
  }
}

extension MatrixCell {
  /// Explores. A limit of the caller's takes the place of the cell's own.
  public func explored(limit: Int? = nil, options: SearchOptions = SearchOptions()) throws -> MatrixResult {
    var options = options
    options.limit = limit ?? self.limit
    options.stopAtFirst = !goesOn
    var result = MatrixResult(self, try Check(try model(), options: options))
    for cell in wider(than: result.check.model) where result.judgement == .uncaught {
      result = try cell.explored(limit: limit, options: options)
    }
    return result
  }
}
