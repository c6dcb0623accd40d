import Models
import Primitives
import Rules
import Scenarios

/// The matrix as JSON lines: a header, every cell that was explored, every guard, and the result.
struct MatrixJSON {
  let summary: MatrixSummary
  private var report: MatrixReport { summary.report }

  var text: String {
    let header = JSONValue.members([
      "matrix": .string(report.matrix.platform), "variants": JSONValue(report.matrix.variants.map(\.name)),
      "faults": JSONValue(report.matrix.faults.map(\.name)), "cells": JSONValue(report.matrix.cells.count),
    ])
    let lines = [.members(["header": header])] + report.results.map(cell) + report.guards.map { entry in guardLine(entry.law, entry.miss) } + [result]
    return lines.map(\.text).joined(separator: "\n") + "\n"
  }

  private func cell(_ result: MatrixResult) -> JSONValue {
    let cell = result.cell, bounds = cell.bounds
    var judgement = "\(result.judgement)", reason: JSONValue?
    if case .undecided(let why) = result.judgement { (judgement, reason) = ("undecided", .string(why)) }
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
        "declared": declared(cell.declared), "judgement": .string(judgement), "reason": reason, "findings": .array(findings),
        "states": JSONValue(result.states), "exhaustive": .boolean(result.isExhaustive), "command": .string(cell.command),
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

  private var result: JSONValue {
    .members([
      "result": .members([
        "verdict": .string("\(summary.verdict)"), "partial": .boolean(report.isPartial), "troubles": JSONValue(report.troubles.map { "\($0.cell)" }),
        "disagreements": JSONValue(summary.disagreements), "undecided": JSONValue(report.undecided.map { "\($0.cell)" }),
        "unbroken": JSONValue(report.unbroken.map(\.id)),
      ])
    ])
  }
}
