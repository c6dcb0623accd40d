import Charts
import Foundation
import Models
import Procedures
import Rules
import Scenarios

/// What every variant comes to, in the forms in which it is shown.
struct DesignsReport {
  let designs: [Design]
  let platform: Platform
  let seconds: TimeInterval
  /// Paths that the machine walks otherwise than the model.
  let disagreements: [String]

  /// Executes and keeps every path, so that each identifier can be replayed.
  init(_ designs: [Design], platform: Platform, seconds: TimeInterval) throws {
    (self.designs, self.platform, self.seconds) = (designs, platform, seconds)
    disagreements = try designs.flatMap { design in
      try design.judgements.found.flatMap { found in
        let name = design.variant.name, model = design.judgements.model
        let line =
          "verdict: violated model=\(model.kind.rawValue) platform=\(platform.rawValue) variant=\(name)"
          + " property=\(found.witness.id) length=\(found.steps) id=\(found.id)"
        let path = FoundPath(found, in: model, host: HostDescription(variant: name), platform: platform.rawValue)
        return try path.recorded(line: line).result.mismatches.map { "\(name), \(found.id): the machine does not agree: \($0)" }
      }
    }
  }

  private var wrong: [String] {
    designs.filter { $0.verdict == .notAsDeclared }.map { "\($0.variant.name) declares \(Self.text($0.declared))" } + disagreements
  }

  var status: ExitStatus {
    if !wrong.isEmpty { return .notAsDeclared }
    return designs.contains { $0.verdict == .incomplete } ? .incomplete : .asDeclared
  }

  static func text(_ declared: Variant.Expectation?) -> String {
    guard let declared else { return "nothing" }
    let names = declared.properties.map(\.id) + declared.promises.map(\.id)
    return names.isEmpty ? "that it holds" : "that it violates " + names.joined(separator: ", ")
  }

  var stableLine: String {
    let word =
      switch status {
      case .asDeclared, .badInput: "as-declared"
      case .notAsDeclared: "not-as-declared"
      case .incomplete: "incomplete"
      }
    let holding = designs.count { $0.judgements.found.isEmpty && $0.judgements.isComplete }
    return "verdict: \(word) model=\(ModelKind.privateMMIO.rawValue) platform=\(platform.rawValue) variant=\(CheckCommand.everyVariant)"
      + " variants=\(designs.count) asked=\(designs.first?.judgements.answers.count ?? 0) hold=\(holding)"
      + " broken=\(designs.reduce(0) { $0 + $1.judgements.found.count }) troubles=\(wrong.count)"
      + " exhaustive=\(designs.allSatisfy(\.judgements.isComplete) ? "yes" : "no")"
  }

  /// The last line of the contract.
  var line: String { stableLine + " seconds=\(String(format: "%.1f", seconds))" }

  func document(_ format: OutputFormat, style: TextStyle) throws -> String {
    switch format {
    case .json: return DesignsJSON(self).lines.map(\.text).joined(separator: "\n")
    case .text: return TextTables.render(page, style: style)
    case .mermaid: return MermaidChart.note(page.title, stableLine, below: TextTables.render(page))
    case .html:
      do { return try HTMLTables.render(page) } catch { throw Leave.badInput("\(error)") }
    }
  }

  private var page: TablePage {
    let bounds = designs.first?.judgements.model.book.bounds ?? Bounds()
    let states = designs.reduce(0) { $0 + $1.judgements.states }
    return TablePage(
      title: "designs of \(ModelKind.privateMMIO.rawValue) on \(platform.rawValue)",
      headline: wrong.isEmpty ? nil : Headline("not as declared", aside: wrong),
      facts: [Fact("size", bounds.size), Fact("seen", "\(states) states")], tables: DesignTables(designs).all, resultLine: stableLine)
  }
}
