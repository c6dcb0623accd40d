import Charts
import Exploration
import Foundation
import Models
import Procedures
import Rules
import Scenarios

/// What a comparison shows: a table of properties, where the files differ, and the shortest path that is a difference.
struct AgainstReport {
  let comparison: Comparison
  let hosts: Comparison.Sides<HostDescription>
  /// What stands in on the right, as it was asked for.
  let names: [String]
  let platform: Platform
  let verdict: Comparison.Verdict
  let options: OutputOptions
  let seconds: TimeInterval

  var model: Model { comparison.left.model }
  var differences: [ProcedureDifference] { comparison.left.model.procedures.differences(from: comparison.right.model.procedures) }

  var status: ExitStatus {
    switch verdict {
    case .asDeclared, .same: .asDeclared
    case .notAsDeclared, .differs: .notAsDeclared
    case .incomplete: .incomplete
    }
  }

  /// The last line. Everything but `seconds` is the same for the same files; paths are no part of it.
  var line: String {
    let against = names.map { item -> String in
      let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
      return parts[0] == "variant" ? "variant:\(parts[1])" : parts[0]
    }
    var line =
      "verdict: \(verdict.rawValue) model=\(model.kind.rawValue) platform=\(platform.rawValue) variant=\(model.procedures.variant.name)"
      + " against=\(against.joined(separator: ",")) properties=\(comparison.rows.count) left-broken=\(comparison.left.found.count)"
      + " right-broken=\(comparison.right.found.count) differ=\(comparison.differences.count)"
    if let row = comparison.shortest, let side = row.brokenSide, let found = row.finding {
      line += " property=\(row.asked.id) broken=\(side.rawValue) length=\(found.steps)" + (found.cycle > 0 ? " cycle=\(found.cycle)" : "")
      line += " id=\(found.id)"
    }
    let reached = comparison.milestoneDifferences.count
    if reached > 0 { line += " reached-differ=\(reached)" }
    return line + " exhaustive=\(comparison.isComplete ? "yes" : "no") seconds=\(String(format: "%.1f", seconds))"
  }

  /// Executes and keeps every path of both sides, so that each identifier can be replayed; the shortest difference is
  /// the one that is drawn.
  func document() throws -> String {
    let shortest = comparison.shortest
    var drawn: Recording?
    for side in Comparison.Side.allCases {
      for found in comparison[side].found {
        let place = "model=\(model.kind.rawValue) platform=\(platform.rawValue) variant=\(comparison[side].model.procedures.variant.name)"
        let recording = try FoundPath(found, in: comparison[side].model, host: hosts[side], platform: platform.rawValue).shown(
          line: "verdict: violated \(place) property=\(found.witness.id) length=\(found.steps) id=\(found.id)")
        if shortest?.brokenSide == side, shortest?.asked == found.witness { drawn = recording }
      }
    }
    switch options.format {
    case .text:
      return (AgainstTable(self).lines + (try drawn.map { ["", try Presentation($0, options).document()] } ?? [])).joined(separator: "\n")
    case .json: return AgainstJSON(self).lines.map(\.text).joined(separator: "\n")
    case .mermaid:
      let table = AgainstTable(self, marks: true).lines
      guard let drawn else { return MermaidChart.note("\(model.kind.rawValue) on \(platform.rawValue)", line, below: table.joined(separator: "\n")) }
      return (table.map { $0.isEmpty ? "%%" : "%% \($0)" } + [MermaidChart.render(EventChart.chart(of: drawn))]).joined(separator: "\n")
    case .html:
      var chart = drawn.map { EventChart.chart(of: $0) } ?? Chart(title: "\(model.kind.rawValue) on \(platform.rawValue)", resultLine: line)
      chart.header = AgainstTable(self, marks: true).facts + chart.header
      chart.notes = AgainstTable(self, marks: true).notes + chart.notes
      chart.resultLine = line
      do { return try HTMLChart.render(chart) } catch { throw Leave.badInput("\(error)") }
    }
  }
}
