import Models
import Primitives
import Rules
import Scenarios

/// The matrix as JSON lines: a header, every cell that was explored, every guard, and the result.
struct MatrixJSON {
  let summary: MatrixSummary
  private var rooms: RoomReport { summary.rooms }

  var text: String {
    let machine = summary.machine
    let header = JSONValue.members([
      "matrix": .string(machine?.matrix.platform ?? rooms.matrix.models.map(\.name).joined(separator: ",")),
      "variants": JSONValue(machine?.matrix.variants.map(\.name) ?? []), "faults": JSONValue(machine?.matrix.faults.map(\.name) ?? []),
      "cells": JSONValue((machine?.matrix.cells.count ?? 0) + rooms.matrix.cells.count),
      "roomModels": JSONValue(rooms.matrix.models.map(\.name)),
    ])
    var lines = [JSONValue.members(["header": header])] + (machine?.results ?? []).map(cell) + rooms.results.map(cell)
    lines += (machine?.guards ?? []).map { entry in guardLine(entry.law, entry.miss) } + rooms.guards.map(guardLine) + [result]
    return lines.map(\.text).joined(separator: "\n") + "\n"
  }

  private func cell(_ result: MatrixResult) -> JSONValue {
    let cell = result.cell, bounds = cell.bounds
    let (judgement, reason) = words(result.judgement)
    let findings = result.findings.map { finding in
      JSONValue.members([
        "property": .string(finding.witness.id), "steps": JSONValue(finding.steps), "cycle": finding.cycle > 0 ? JSONValue(finding.cycle) : nil,
        "id": .string(finding.id),
      ])
    }
    return .members([
      "cell": .members([
        "model": .string(cell.kind.rawValue), "platform": .string(cell.platform), "variant": .string(cell.variant), "faults": JSONValue(cell.faults),
        "bounds": .members([
          "devices": JSONValue(bounds.devices), "pages": JSONValue(bounds.pages), "importers": JSONValue(bounds.importers),
          "memory": JSONValue(bounds.memory),
        ]),
        "hostile": .boolean(cell.isHostile), "asked": cell.properties.map { JSONValue($0.map(\.id) + cell.promises.map(\.id)) },
        "declared": declared(cell.declared), "judgement": judgement, "reason": reason, "findings": .array(findings),
        "neverReached": result.missed.isEmpty ? nil : JSONValue(result.missed.map(\.id)), "states": JSONValue(result.states),
        "exhaustive": .boolean(result.isExhaustive), "command": .string(cell.command),
      ])
    ])
  }

  private func words(_ judgement: MatrixResult.Judgement) -> (JSONValue, reason: JSONValue?) {
    if case .undecided(let why) = judgement { return (.string("undecided"), .string(why)) }
    return (.string("\(judgement)"), nil)
  }

  /// A cell of a room: no platform, variant or bounds, and findings without identifiers.
  private func cell(_ result: RoomResult) -> JSONValue {
    let cell = result.cell
    let (judgement, reason) = words(result.judgement)
    let findings = result.findings.map { finding in
      JSONValue.members([
        "property": .string(finding.property), "steps": JSONValue(finding.steps), "cycle": finding.cycle > 0 ? JSONValue(finding.cycle) : nil,
      ])
    }
    let declared: JSONValue =
      switch cell.declared {
      case nil: "holds"
      case .something: "breaks-something"
      case .table: "breaks-nothing-here"
      case .breaks(let property): .members(["breaks": JSONValue([property])])
      }
    return .members([
      "cell": .members([
        "model": .string(cell.model.name), "faults": JSONValue([cell.fault].compactMap { $0 }),
        "asked": cell.asked.isEmpty ? nil : JSONValue(cell.asked),
        "declared": declared, "judgement": judgement, "reason": reason, "findings": .array(findings),
        "idle": result.idle.isEmpty || cell.fault != nil ? nil : JSONValue(result.idle), "states": JSONValue(result.states),
        "exhaustive": .boolean(result.isExhaustive), "command": .string(cell.command),
      ])
    ])
  }

  private func declared(_ declaration: MatrixCell.Declaration) -> JSONValue {
    switch declaration {
    case .holds: "holds"
    case .holdsSoFar: "nothing-found-so-far"
    case .breaks(let properties): .members(["breaks": JSONValue(properties.map(\.id))])
    case .breaksJust(let all): .members(["breaks": JSONValue(all.map(\.id)), "just": true])
    case .breaksSomething: "breaks-something"
    case .lapses(let promise): .members(["breaks": JSONValue([promise.id])])
    case .misses(let milestones): .members(["breaks": JSONValue(milestones.map(\.id))])
    }
  }

  private func guardLine(_ law: Guard, _ miss: MatrixReport.Miss) -> JSONValue {
    var by = "unknown", id: JSONValue?
    switch miss {
    case .property(let found): (by, id) = (found.witness.id, .string(found.id))
    case .table: by = "table"
    case .none: by = "none"
    case .unknown: break
    }
    return .members(["guard": .members(["name": .string(law.id), "missedBy": .string(by), "id": id])])
  }

  private func guardLine(_ law: RoomReport.Law) -> JSONValue {
    let by =
      switch law.miss {
      case .property(let found): found.property
      case .table: "table"
      case .none: "none"
      case .unknown: "unknown"
      }
    return .members(["guard": .members(["name": .string(law.entry.id), "room": .string(law.room), "missedBy": .string(by)])])
  }

  private var result: JSONValue {
    .members([
      "result": .members([
        "verdict": .string("\(summary.verdict)"), "partial": .boolean(summary.isPartial), "troubles": JSONValue(summary.troubles.map(\.cell)),
        "disagreements": JSONValue(summary.disagreements), "undecided": JSONValue(summary.undecided.map(\.cell)),
        "unbroken": JSONValue(summary.unbroken),
      ])
    ])
  }
}
