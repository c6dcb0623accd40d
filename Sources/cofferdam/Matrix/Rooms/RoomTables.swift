import Charts
import Models
import Primitives

/// The rooms' part of the matrix as tables: few for reading, all of them for the page.
struct RoomTables {
  let report: RoomReport

  var brief: [Table] { [models, legend, guardRate] }
  var full: [Table] { [models, legend, guardRate, cells, guards] }

  static func word(_ result: RoomResult) -> String {
    let found = result.findings.first.map { "\($0.property) in \($0.steps) steps" }
    return switch result.judgement {
    case .asDeclared: found ?? "holds"
    case .uncaught: "NOT CAUGHT"
    case .blamed: "blamed: \(found ?? "nothing")"
    case .otherwise: found.map { "not what is declared: \($0)" } ?? "never comes to: " + result.idle.joined(separator: "; ")
    case .undecided(let reason): "undecided after \(result.states) states (\(reason))"
    }
  }

  private func mark(_ result: RoomResult) -> Mark {
    switch result.judgement {
    case .asDeclared: .ok
    case .undecided: .refused
    case .uncaught, .blamed, .otherwise: .violated
    }
  }

  private func results(of model: RoomModel) -> [RoomResult] { report.results.filter { $0.cell.model.name == model.name } }

  /// Each model by itself, how many of its faults are seen, and what is not as its room says.
  private var models: Table {
    var rows: [[Table.Cell]] = []
    for model in report.matrix.models {
      let results = results(of: model)
      let faults = results.filter { if case .fault = $0.cell.subject { true } else { false } }
      let seen = faults.count { $0.judgement == .asDeclared }
      if let sound = results.first(where: { $0.cell.subject == .sound }) {
        rows.append([
          .init(model.name, detail: model.summary), .init(Self.word(sound), mark: mark(sound), detail: sound.cell.command),
          .init("\(seen) of \(model.faults.count)", mark: seen == model.faults.count ? .ok : .refused), .init("\(sound.states)"),
        ])
      }
      for result in results where result.judgement != .asDeclared && result.cell.subject != .sound {
        let name = result.cell.fault ?? ""
        rows.append([.init("    " + name), .init(Self.word(result), mark: mark(result), detail: result.cell.command), "", .init("\(result.states)")])
      }
    }
    return Table(
      "Models of rooms",
      captions: [
        "What each comes to by itself, in the bounds in which `check` asks it; and how many of its faults break what they are said to break."
      ], columns: ["model", "comes to", "faults seen", "states"], rows: rows)
  }

  /// What each property sees.
  private var legend: Table {
    var rows: [[Table.Cell]] = []
    for model in report.matrix.models {
      rows.append([.init(model.name, detail: model.summary)])
      for property in model.properties {
        let seen = report.seen(by: property.name, of: model)
        let guards = seen.count { if case .lawless = $0.result.cell.subject { true } else { false } }
        rows.append([
          .init("  " + property.name, mark: seen.isEmpty ? .violated : nil, detail: property.summary), "",
          .init(guards > 0 ? "\(guards) guard\(guards == 1 ? "" : "s")" : ""),
        ])
        for (result, finding) in seen {
          guard case .fault(let name) = result.cell.subject else { continue }
          rows.append([.init("      " + name), .init(Self.steps(finding), mark: .ok, detail: result.cell.command)])
        }
      }
    }
    // What a bound cuts off behind a violation is not shown as unseen.
    let cut = report.results.count { !$0.isExhaustive && $0.cell.goesOn && !$0.findings.isEmpty }
    var captions = [
      "What each sees: steps, of which those behind \"~\" are repeated for ever; and how many missing guards, each asked of one property. No machine"
        + " walks these paths, so they have no identifier: the command of a cell shows its path."
    ]
    if cut > 0 { captions.append("Behind what they see \(cut) faults are bounded: more properties may see them farther away.") }
    return Table("Properties of rooms x faults", captions: captions, columns: [], rows: rows)
  }

  private static func steps(_ finding: RoomFinding) -> String { finding.cycle > 0 ? "\(finding.steps) ~\(finding.cycle)" : "\(finding.steps)" }

  /// Who misses the guards, room by room.
  private var guardRate: Table {
    let guards = report.guards
    var rooms: [String] = []
    for law in guards where !rooms.contains(law.room) { rooms.append(law.room) }
    func row(_ name: String, _ laws: [RoomReport.Law]) -> [Table.Cell] {
      let byProperty = laws.count { if case .property = $0.miss { true } else { false } }
      let byTable = laws.count { $0.miss == .table }, byNone = laws.count { $0.miss == .none }, open = laws.count { $0.miss == .unknown }
      return [
        .init(name), .init("\(laws.count)"), .init("\(byProperty)", mark: .ok), .init("\(byTable)", mark: .ok),
        .init("\(byNone)", mark: byNone > 0 ? .violated : nil), .init("\(open)", mark: open > 0 ? .refused : nil),
        .init(laws.isEmpty ? "" : "\((byProperty + byTable) * 100 / laws.count) %"),
      ]
    }
    var rows = rooms.map { room in row(room, guards.filter { $0.room == room }) }
    if rooms.count > 1 { rows.append(row("all", guards)) }
    rows += guards.filter { $0.miss == .none }.map { [.init("    " + $0.entry.id, mark: .violated), "", "", "", .init("nobody", mark: .violated)] }
    return Table(
      "Guards of rooms",
      captions: [
        "Who misses a guard that is switched off, one at a time: a property, or a table in the tests of its room. What a model asks of the machine's"
          + " rules is counted among the guards of the machine."
      ], columns: ["room", "guards", "property", "table", "nobody", "not decided", "kill rate"], rows: rows)
  }

  /// Each cell, for the page.
  private var cells: Table {
    let rows = report.results.map { result -> [Table.Cell] in
      [
        .init(result.cell.model.name), .init(result.cell.fault ?? "as it is"), .init(Self.word(result), mark: mark(result)),
        .init(result.findings.dropFirst().map { "\($0.property) \(Self.steps($0))" }.joined(separator: ", ")),
        .init("\(result.states)" + (result.isExhaustive ? "" : ", not all")), .init(result.cell.command),
      ]
    }
    return Table(
      "Every cell of a room", columns: ["model", "fault", "comes to", "behind it", "states", "command"], rows: rows)
  }

  /// Each guard, for the page.
  private var guards: Table {
    let rows = report.guards.map { law -> [Table.Cell] in
      let name = Table.Cell(law.entry.id, detail: law.entry.source)
      let command = Table.Cell(law.result?.cell.command ?? "")
      return switch law.miss {
      case .property(let found): [.init(law.room), name, .init(found.property, mark: .ok), .init(Self.steps(found)), command]
      case .table: [.init(law.room), name, .init("a table test", mark: .ignored), "", ""]
      case .none: [.init(law.room), name, .init("nobody", mark: .violated), "", command]
      case .unknown: [.init(law.room), name, .init("not decided", mark: .refused), "", command]
      }
    }
    return Table("Every guard of a room", columns: ["room", "guard", "missed by", "steps", "command"], rows: rows)
  }
}
