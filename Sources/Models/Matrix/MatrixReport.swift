import Procedures
import Rules

/// What the cells that were explored come to together.
public struct MatrixReport: Sendable {
  public let matrix: FaultMatrix
  /// In the order of the plan; fewer than it has where somebody interrupted.
  public let results: [MatrixResult]

  public init(_ matrix: FaultMatrix, _ results: [MatrixResult]) { (self.matrix, self.results) = (matrix, results) }

  public var isPartial: Bool { results.count < matrix.cells.count }
  /// Cells that are not as their files declare.
  public var troubles: [MatrixResult] { results.filter { [.uncaught, .blamed, .otherwise].contains($0.judgement) } }
  /// Cells that had to be decided and were not.
  public var undecided: [MatrixResult] { results.filter { if case .undecided = $0.judgement { true } else { false } } }

  /// Who misses a guard.
  public enum Miss: Hashable, Sendable {
    case property(Finding)
    /// A transcribed table of a specification, in the tests of the rules.
    case table
    case none
    /// Its cell was not explored, or not to the end.
    case unknown
  }

  public var guards: [(law: Guard, miss: Miss, cell: MatrixResult?)] {
    Guard.laws.map { law in
      if law.witness == .table { return (law, .table, nil) }
      guard let result = results.first(where: { $0.cell.subject == .lawless(law) }) else { return (law, .unknown, nil) }
      if let found = result.findings.first { return (law, .property(found), result) }
      return (law, result.judgement == .uncaught ? .none : .unknown, result)
    }
  }

  /// What breaks through a fault or a missing guard, and in which cell.
  public func seen(by witness: Finding.Witness) -> [(result: MatrixResult, finding: Finding)] {
    results.filter(\.isOfFault).compactMap { result in result.findings.first { $0.witness == witness }.map { (result, $0) } }
  }

  /// What nothing comes to through a fault, and where that is seen; not where a guard is said to refuse it.
  public var missed: [(milestone: Milestone, results: [MatrixResult])] {
    Milestone.allCases.compactMap { milestone in
      let seen = results.filter { $0.isOfFault && !$0.cell.isRefused && $0.missed.first == milestone }
      return seen.isEmpty ? nil : (milestone, seen)
    }
  }

  /// Properties and promises that nothing breaks: what cannot fail says nothing by holding.
  public var unbroken: [Finding.Witness] {
    let broken = Set(results.filter(\.isOfFault).flatMap { $0.findings.map(\.witness) })
    let all = Property.allCases.map { Finding.Witness.property($0) } + Promise.allCases.map { .promise($0) }
    return all.filter { !broken.contains($0) }
  }

  public enum Verdict: Hashable, Sendable { case asDeclared, notAsDeclared, incomplete }

  /// A trouble is one however much was left out; that something is unbroken only a whole matrix can say.
  public var verdict: Verdict {
    if !troubles.isEmpty || guards.contains(where: { $0.miss == .none }) { return .notAsDeclared }
    if isPartial || !undecided.isEmpty { return .incomplete }
    return unbroken.isEmpty ? .asDeclared : .notAsDeclared
  }
}

extension MatrixResult {
  /// Whether something was made wrong in it on purpose.
  public var isOfFault: Bool {
    switch cell.subject {
    case .variant, .lawful: false
    case .fault, .unguarded, .lawless: true
    }
  }
}
