import Models
import Primitives
import Procedures
import Rules
import Scenarios

/// A comparison as JSON lines: a header, a line for each property, one for each procedure that is not the same, the shortest
/// difference with its actions, and the result.
struct AgainstJSON {
  let report: AgainstReport
  init(_ report: AgainstReport) { self.report = report }

  var lines: [JSONValue] {
    [.members(["header": header])] + report.comparison.rows.map(line) + report.comparison.milestones.map(line) + report.differences.map(line)
      + (shortest.map { [.members(["shortest": $0])] } ?? []) + [.members(["result": result])]
  }

  private var header: JSONValue {
    let book = report.model.book
    return .members([
      "model": .string(report.model.kind.rawValue), "platform": .string(report.platform.rawValue), "cast": .string(book.cast.name),
      "bounds": .members([
        "devices": JSONValue(book.bounds.devices), "pages": JSONValue(book.bounds.pages), "importers": JSONValue(book.bounds.importers),
        "memory": JSONValue(book.bounds.memory),
      ]),
      "left": host(.left), "right": host(.right),
      "notAsked": .array(
        report.model.notAsked.map { .members(["property": .string($0.property.id), "reason": .string($0.reason)]) }),
    ])
  }

  private func host(_ side: Comparison.Side) -> JSONValue {
    .members([
      "variant": .string(report.hosts[side].variant),
      "procedures": .array(
        report.hosts[side].replacements.map { .members(["name": .string($0.name), "file": .string($0.source.file)]) }),
      "faults": JSONValue(report.comparison[side].model.procedures.faults),
    ])
  }

  private func line(_ row: Comparison.Row) -> JSONValue {
    .members([
      "property": .string(row.asked.id), "left": row.left?.json, "right": row.right?.json,
      "differs": .boolean(row.isDifference),
    ])
  }

  private func line(_ row: Comparison.MilestoneRow) -> JSONValue {
    .members([
      "milestone": .string(row.milestone.id), "left": row.left.map { .boolean($0) } ?? .null, "right": row.right.map { .boolean($0) } ?? .null,
      "differs": .boolean(row.isDifference),
    ])
  }

  private func line(_ difference: ProcedureDifference) -> JSONValue {
    let procedure = JSONValue.string(difference.procedure.id)
    func purpose(isNone: Bool) -> JSONValue { isNone ? .string("none") : .null }
    return switch difference.place {
    case .step(let number, let left, let right):
      .members(["procedure": procedure, "step": JSONValue(number), "left": left.map(step), "right": right.map(step)])
    case .purpose(let isNone):
      .members(["procedure": procedure, "purpose": .members(["left": purpose(isNone: isNone), "right": purpose(isNone: !isNone)])])
    }
  }

  private func step(_ step: WrittenStep) -> JSONValue {
    .members([
      "name": .string(step.name), "text": .string(step.text), "file": .string(step.position.file), "line": step.position.line.map { JSONValue($0) },
    ])
  }

  private var shortest: JSONValue? {
    guard let row = report.comparison.shortest, let side = row.brokenSide, let found = row.finding else { return nil }
    return .members([
      "property": .string(row.asked.id), "broken": .string(side.rawValue), "length": JSONValue(found.steps),
      "cycle": found.cycle > 0 ? JSONValue(found.cycle) : nil,
      "id": .string(found.id), "actions": JSONValue(found.actions.map(\.description)),
    ])
  }

  /// Of both sides, left first; null where a side was not seen to its end.
  private func unsaid(_ kind: UnsaidSteps.Kind) -> JSONValue {
    .array([report.comparison.left, report.comparison.right].map { $0.unsaid?.json(kind) ?? .null })
  }

  private var result: JSONValue {
    let sides = [report.comparison.left, report.comparison.right]
    return .members([
      "verdict": .string(report.verdict.rawValue), "exit": JSONValue(report.status.rawValue),
      "differ": JSONValue(report.comparison.differences.map(\.asked.id)), "exhaustive": .boolean(report.comparison.isComplete),
      "leftOut": unsaid(.leftOut), "added": unsaid(.added), "withoutEffect": unsaid(.withoutEffect),
      "states": .array(sides.map { JSONValue($0.states) }), "transitions": .array(sides.map { JSONValue($0.transitions) }),
    ])
  }
}
