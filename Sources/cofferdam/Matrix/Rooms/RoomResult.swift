import Exploration
import Modelling
import Models

/// A property that broke in a model of a room, and how far away. There is no machine to walk the path on, so it has no identifier.
struct RoomFinding: Hashable, Sendable {
  var property: String
  /// Stem and cycle together.
  var steps: Int
  /// Steps that are repeated for ever; 0 for a path that ends.
  var cycle = 0
}

/// A cell of a room that was explored.
struct RoomResult: Sendable {
  let cell: RoomCell
  /// The nearest first.
  let findings: [RoomFinding]
  /// What holds and says nothing, or is to be reached and is not: sentences.
  let idle: [String]
  let judgement: MatrixResult.Judgement
  let states: Int
  let isExhaustive: Bool

  init(_ cell: RoomCell, _ report: Report) {
    self.cell = cell
    let names = Dictionary(cell.model.properties.map { ($0.summary, $0.name) }, uniquingKeysWith: { first, _ in first })
    var findings: [RoomFinding] = [], idle: [String] = []
    for answer in report.answers {
      switch answer.outcome {
      case .violated(let run):
        var finding = RoomFinding(property: names[answer.property] ?? answer.kind.rawValue, steps: run.steps.count)
        if case .repeats(let from) = run.end { finding.cycle = run.steps.count - from }
        findings.append(finding)
      case .neverHadAChance, .neverReached: idle.append(answer.property)
      case .holds, .reached, .undecided: break
      }
    }
    // Of two as near the one that is asked first: the order of the answers, which a sort need not keep.
    self.findings = findings.enumerated().sorted { ($0.element.steps, $0.offset) < ($1.element.steps, $1.offset) }.map(\.element)
    (self.idle, states, isExhaustive) = (idle, report.states, report.isExhaustive)
    judgement = Self.judge(cell, self.findings.map(\.property), idle, report)
  }

  /// What it came to beside what its room says. A value that a field does not have is a defect of the model, and catches nothing.
  private static func judge(_ cell: RoomCell, _ found: [String], _ idle: [String], _ report: Report) -> MatrixResult.Judgement {
    let known = Set(cell.model.properties.map(\.name))
    guard found.allSatisfy(known.contains) else { return cell.declared == nil ? .blamed : .otherwise }
    switch cell.declared {
    case nil where !found.isEmpty: return .blamed
    case .breaks(let property) where found.contains(property): return .asDeclared
    case .something where !found.isEmpty: return .asDeclared
    // Only one is looked for where the search stops at the first.
    case .breaks where !found.isEmpty && (cell.asked.isEmpty == false || report.isExhaustive): return .otherwise
    default: break
    }
    if let reason = report.whyOpen { return .undecided(reason) }
    guard cell.declared == nil else { return .uncaught }
    return idle.isEmpty ? .asDeclared : .otherwise
  }
}

extension Report {
  /// Why not everything was seen.
  fileprivate var whyOpen: String? {
    if isExhaustive { return nil }
    if case .incomplete(let reason) = verdict { return reason.rawValue }
    for case .undecided(let reason) in answers.map(\.outcome) { return reason.rawValue }
    return Incompleteness.stopped.rawValue
  }
}
