import Charts
import Models
import Rules

extension MatrixTables {
  /// What each property and promise sees where the fault is at home, with the identifier of the path.
  var legend: Table {
    var rows: [[Table.Cell]] = []
    for witness in witnesses {
      let seen = report.seen(by: witness)
      let guards = seen.count { $0.result.cell.isLawless }
      let note = guards > 0 ? "\(guards) guards" : ""
      rows.append([.init("\(letter(witness)) \(witness.id)", mark: seen.isEmpty ? .violated : nil), "", .init(note)])
      for (result, finding) in seen where !result.cell.isLawless && result.cell.isHome {
        let name = result.cell.faultNames
        rows.append([.init("    " + name), .init("\(finding.steps)"), .init(finding.id, mark: .ok, detail: detail(result, finding))])
      }
    }
    for (milestone, seen) in report.missed {
      rows.append([.init(milestone.id), "", ""])
      for result in seen where result.cell.isHome {
        rows.append([.init("    " + result.cell.faultNames), .init("never"), .init("", mark: .ok, detail: detail(result, nil))])
      }
    }
    return Table(
      "Properties x faults",
      captions: [
        "What each sees, where the fault is at home: steps, identifier; and how many missing guards. A fault with a guard's name is one that this guard"
          + " refuses, with it switched off."
      ], columns: [], rows: rows)
  }

  /// The same, fault by fault, for the page.
  var grid: Table {
    let home = report.results.filter { $0.isOfFault && !$0.cell.isLawless && $0.cell.isHome }
    var names: [String] = []
    for result in home where !names.contains(result.cell.faultNames) { names.append(result.cell.faultNames) }
    let rows = names.map { name -> [Table.Cell] in
      [.init(name)]
        + witnesses.map { witness in
          for result in home where result.cell.faultNames == name {
            if let found = result.findings.first(where: { $0.witness == witness }) {
              return .init("\(found.steps)", mark: .ok, detail: detail(result, found))
            }
          }
          return ""
        } + [.init(home.contains { $0.cell.faultNames == name && !$0.cell.isRefused && !$0.missed.isEmpty } ? "never" : "")]
    }
    return Table(
      "Faults x properties", captions: ["Steps of the first path to each. Promises are asked where the fault's file names one."],
      columns: ["fault"] + witnesses.map(\.id) + ["comes nowhere"], rows: rows)
  }
}

extension MatrixCell {
  var isLawless: Bool { if case .lawless = subject { true } else { false } }
  /// The fault, and the guard that is switched off beside it.
  var faultNames: String { faults.map { $0.replacing("drop-guard:", with: "") }.joined(separator: ", without ") }
}
