import Charts
import Documents
import Models
import Procedures
import Rules
import Scenarios

/// A comparison as a table of 80 columns.
struct AgainstTable {
  let report: AgainstReport
  /// Whether the screen can show more than ASCII.
  let marks: Bool

  init(_ report: AgainstReport, marks: Bool? = nil) {
    (self.report, self.marks) = (report, marks ?? (report.options.output != nil || Terminal.style.utf8))
  }

  private var comparison: Comparison { report.comparison }
  private func column(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }
  /// Names out of files and paths, with nothing in them that moves a cursor.
  private func harmless(_ text: String) -> String { String(quoted(text, atMost: 4096).dropFirst().dropLast()) }
  /// What is cut away of a path is its beginning.
  private func fit(_ written: String, _ width: Int) -> String {
    let text = harmless(written)
    return text.count <= width ? text : (marks ? "…" : "...") + text.suffix(width - (marks ? 1 : 3))
  }

  private func head(_ written: String, _ width: Int) -> String {
    let text = harmless(written)
    return text.count <= width ? text : text.prefix(width - (marks ? 1 : 3)) + (marks ? "…" : "...")
  }

  private func cell(_ answer: Judgements.Answer?) -> String {
    switch answer {
    case nil: "-"
    case .holds: "holds"
    case .neverOwed: "never owed"
    case .broken(let found): "\(marks ? "✗" : "NO") \(found.length)  \(found.id)"
    case .incomplete(let reason): "unknown: \(reason)"
    }
  }

  private func cell(_ isReached: Bool?) -> String { isReached.map { $0 ? "reached" : "NOT REACHED" } ?? "not asked" }

  private func host(_ side: Comparison.Side) -> [String] {
    let host = report.hosts[side]
    return ["variant \(host.variant)"] + host.replacements.map { "\($0.name)=\($0.source.file)" }
      + comparison[side].model.procedures.faults.map { "fault \($0)" }
  }

  private var size: String { report.model.book.bounds.size }

  var lines: [String] {
    var lines = ["\(report.model.kind.rawValue) on \(report.platform.rawValue)   \(size)"]
    for side in Comparison.Side.allCases {
      for (i, item) in host(side).enumerated() { lines.append("  " + column(i == 0 ? side.rawValue : "", 8) + fit(item, 70)) }
    }
    lines += ["", "  " + column("property", 35) + column("left", 22) + "right"]
    for row in comparison.rows { lines.append("  " + column(row.asked.id, 35) + column(cell(row.left), 22) + cell(row.right)) }
    for (property, reason) in report.model.notAsked {
      lines += folded("  " + column(property.id, 35) + "not asked: \(reason)", hanging: 37).split(separator: "\n").map(String.init)
    }
    for row in comparison.milestones {
      lines.append("  " + column(row.milestone.id, 35) + column(cell(row.left), 22) + cell(row.right))
    }
    lines.append("")
    let differences = report.differences
    if differences.isEmpty { lines.append("  the procedures are the same") }
    for difference in differences {
      let told = tell(difference.place)
      lines.append("  \(difference.procedure.id) first differs at \(told.place)")
      lines.append("    " + column("left", 8) + head(told.left, 68))
      lines.append("    " + column("right", 8) + head(told.right, 68))
    }
    for (what, list) in unsaid {
      lines += folded("  \(what): " + list.steps.joined(separator: ", "), hanging: 4).split(separator: "\n").map(String.init)
    }
    lines.append("")
    return lines + "  \(summary)".split(separator: "\n").map(String.init)
  }

  /// What one side leaves out, has more of, or does in vain, and the other does not: no property asks whether a procedure does all of it.
  /// That nothing refused a call or was busy is looked for in what was changed alone, and says nothing of the difference.
  private var unsaid: [(String, ProcedureSteps)] {
    guard let left = comparison.left.unsaid, let right = comparison.right.unsaid else { return [] }
    return Comparison.Side.allCases.flatMap { side in
      [UnsaidSteps.Kind.leftOut, .added, .withoutEffect].flatMap { kind in
        (side == .left ? left.steps(kind, notIn: right) : right.steps(kind, notIn: left)).map {
          ("\(side.rawValue) only, \(kind.headline(of: $0, isWhole: true))", $0)
        }
      }
    }
  }

  private func tell(_ place: ProcedureDifference.Place) -> (place: String, left: String, right: String) {
    func tell(_ step: WrittenStep?) -> String {
      guard let step else { return "ends before it" }
      return (step.position.line.map { "line \($0): " } ?? "") + step.text
    }
    func tell(isNone: Bool) -> String { isNone ? "purpose: none" : "what its name says" }
    return switch place {
    case .step(let number, let left, let right): ("step \(number)", tell(left), tell(right))
    case .purpose(let isNone): ("its purpose", tell(isNone: isNone), tell(isNone: !isNone))
    }
  }

  private var summary: String {
    if let row = comparison.shortest, let side = row.brokenSide, let found = row.finding {
      let round = found.cycle > 0 ? ", the last \(found.cycle) of them again and again" : ""
      return "the shortest difference: \(row.asked.id),\n  broken under \(side.rawValue) only, in \(found.steps) steps\(round)"
    }
    if !comparison.milestoneDifferences.isEmpty { return "the same breaks under both, or nothing, and not the same is ever come to" }
    if let row = comparison.milestones.first(where: { $0.left == $0.right }) {
      return "no difference: neither ever comes to \(row.milestone.id), which is owed"
    }
    if let row = comparison.milestones.first {
      let side = row.left == nil ? Comparison.Side.right : .left
      return "no difference: \(row.milestone.id) is asked under \(side.rawValue) only, and nothing comes to it"
    }
    return comparison.isComplete ? "no difference: the same holds under both" : "no difference is known; what is unknown may be one"
  }

  /// The same for a page: which hosts are compared.
  var facts: [Fact] { [Fact("", size)] + Comparison.Side.allCases.map { Fact($0.rawValue, host($0).joined(separator: ", ")) } }

  var notes: [Fact] {
    comparison.rows.map { Fact($0.asked.id, "left \(cell($0.left)), right \(cell($0.right))") }
      + comparison.milestones.map {
        Fact($0.milestone.id, "left \(cell($0.left)), right \(cell($0.right)): \($0.milestone.sentence)")
      }
      + report.differences.map {
        let told = tell($0.place)
        return Fact("\($0.procedure.id), \(told.place)", "left { \(told.left) }, right { \(told.right) }")
      }
      + unsaid.map { Fact($0, $1.steps.joined(separator: ", ")) }
      + [Fact("difference", summary.split(separator: "\n").map { $0.trimmingPrefix("  ") }.joined(separator: " "))]
  }
}
