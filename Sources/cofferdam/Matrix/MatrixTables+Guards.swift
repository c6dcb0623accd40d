import Charts
import Models
import Rules

extension MatrixTables {
  /// Who misses the guards, counted.
  var guardRate: Table {
    let guards = report.guards
    var rows: [[Table.Cell]] = ModelKind.allCases.map { kind in
      let count = guards.count { entry in if case .property = entry.miss { entry.cell?.cell.kind == kind } else { false } }
      return [.init("a property of \(kind.rawValue)"), .init("\(count)", mark: .ok)]
    }
    rows.append(["a table of a specification (RulesTests)", .init("\(guards.count { $0.miss == .table })", mark: .ok)])
    let none = guards.filter { $0.miss == .none }, unknown = guards.filter { $0.miss == .unknown }
    rows.append(["nobody", .init("\(none.count)", mark: none.isEmpty ? nil : .violated)])
    rows += none.map { [.init("    " + $0.law.id, mark: .violated)] }
    if !unknown.isEmpty { rows.append(["not decided", .init("\(unknown.count)", mark: .refused)]) }
    rows += unknown.map { [.init("    " + $0.law.id, mark: .refused)] }
    let killed = guards.count - none.count - unknown.count
    rows.append(["kill rate", .init("\(killed) of \(guards.count) (\(killed * 100 / guards.count) %)")])
    return Table("Guards", captions: ["Who misses a guard that is switched off, one at a time."], columns: ["missed by", "guards"], rows: rows)
  }

  /// Each of them, for the page.
  var guards: Table {
    let rows = report.guards.map { entry -> [Table.Cell] in
      let name = Table.Cell(entry.law.id, detail: entry.law.entry.source)
      switch entry.miss {
      case .property(let found):
        let command = entry.cell.map { detail($0, found) } ?? ""
        return [
          name, .init(found.witness.id, mark: .ok), .init("\(found.steps)"), .init(found.id), .init(entry.cell?.cell.command ?? "", detail: command),
        ]
      case .table: return [name, .init("a table test", mark: .ignored)]
      case .none: return [name, .init("nobody", mark: .violated), "", "", .init(entry.cell?.cell.command ?? "")]
      case .unknown: return [name, .init("not decided", mark: .refused), "", "", .init(entry.cell?.cell.command ?? "")]
      }
    }
    return Table("Every guard", columns: ["guard", "missed by", "steps", "identifier", "command"], rows: rows)
  }

  /// What is too large for a matrix: nothing was found, and how far.
  var bounded: Table {
    let open = report.results.filter { !$0.cell.mustBeDecided }
    let controls = open.filter { $0.cell.subject == .lawful }
    var rows = open.filter { $0.cell.subject == .variant }.map { result -> [Table.Cell] in
      let text = result.findings.isEmpty ? (result.isExhaustive ? "holds" : "nothing found so far") : Self.word(result)
      return [.init("\(result.cell)"), .init(text, mark: mark(result), detail: result.cell.command), .init("\(result.states)")]
    }
    let blamed = controls.filter { $0.judgement != .asDeclared }
    rows.append([
      .init("\(controls.count) worlds of guards, all in force"),
      blamed.isEmpty ? .init("nothing found so far", mark: .ok) : .init("\(blamed.count) break", mark: .violated),
      .init("\(controls.reduce(0) { $0 + $1.states })"),
    ])
    return Table(
      "Worlds that are not seen whole here", captions: ["Correct procedures that nothing blames, as far as the limit of each cell goes."],
      columns: ["world", "comes to", "states"], rows: rows)
  }
}
