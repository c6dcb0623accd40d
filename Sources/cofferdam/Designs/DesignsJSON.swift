import Models
import Primitives
import Rules

/// The designs as JSON lines: a header, a line for each variant with all its answers, and the result.
struct DesignsJSON {
  let report: DesignsReport
  init(_ report: DesignsReport) { self.report = report }

  var lines: [JSONValue] { [.members(["header": header])] + report.designs.map(line) + [.members(["result": result])] }

  private var header: JSONValue {
    let bounds = report.designs.first?.judgements.model.book.bounds ?? Bounds()
    return .members([
      "model": .string(ModelKind.privateMMIO.rawValue), "platform": .string(report.platform.rawValue),
      "bounds": .members([
        "devices": JSONValue(bounds.devices), "pages": JSONValue(bounds.pages), "importers": JSONValue(bounds.importers),
        "memory": JSONValue(bounds.memory),
      ]),
    ])
  }

  private func line(_ design: Design) -> JSONValue {
    .members([
      "variant": .string(design.variant.name), "verdict": .string("\(design.verdict)"), "declared": .string(DesignsReport.text(design.declared)),
      "states": JSONValue(design.judgements.states),
      "answers": .array(design.judgements.answers.map { asked, answer in .members(["property": .string(asked.id), "answer": answer.json]) }),
    ])
  }

  private var result: JSONValue {
    .members(["line": .string(report.stableLine), "exit": JSONValue(report.status.rawValue), "disagreements": JSONValue(report.disagreements)])
  }
}

extension Judgements.Answer {
  var json: JSONValue {
    switch self {
    case .holds: .members(["verdict": "holds"])
    case .neverOwed: .members(["verdict": "holds", "neverOwed": true])
    case .broken(let found):
      .members([
        "verdict": "violated", "length": JSONValue(found.steps), "cycle": found.cycle > 0 ? JSONValue(found.cycle) : nil, "id": .string(found.id),
      ])
    case .incomplete(let reason): .members(["verdict": "incomplete", "reason": .string(reason)])
    }
  }
}
