import Charts
import HeapScenarios
import Primitives

/// A run with restricted heaps as a chart and as JSON lines.
struct HeapRunChart {
  let run: HeapRun
  init(_ run: HeapRun) { self.run = run }

  var chart: Chart {
    var phases: [Phase] = []
    for (index, step) in run.story.steps.enumerated() {
      if phases.last?.name != step.phase { phases.append(Phase(step.phase)) }
      phases[phases.count - 1].rows.append(row(index + 1, step))
    }
    let notes = run.story.notes.map { Fact($0.name, $0.value) }
    return Chart(
      title: "\(run.scenario.name) on \(run.scenario.platform)",
      header: [Fact("machine", run.machine), Fact("seed", "\(run.request.seed)")],
      phases: phases, notes: notes, resultLine: run.line)
  }

  private func row(_ index: Int, _ step: HeapStory.Step) -> Row {
    let mark: Mark = Mark(rawValue: step.outcome.rawValue) ?? .ok
    var refusal: Refusal?
    if step.outcome == .refused || step.outcome == .fault {
      refusal = Refusal(
        step.outcome == .fault ? "stopped by the firewall" : "refused: \(step.code ?? "")", guardName: step.guardName, source: nil,
        declared: step.isDeclared)
    }
    return Row(
      index, Lane(step.actor), step.peer.map { Lane($0) }, call: step.call, detail: step.object, mark: mark, refusal: refusal,
      remarks: step.remarks.map { Fact("", $0) })
  }

  func text(_ style: TextStyle) -> String {
    let text = TextChart.render(chart, width: 80, style: style)
    let trimmed = text.hasSuffix("\n") ? String(text.dropLast()) : text
    return trimmed.hasSuffix(run.line) ? String(trimmed.dropLast(run.line.count)) : text
  }

  var lines: String {
    let header = JSONValue.members([
      "header": .members([
        "scenario": .string(run.scenario.name), "platform": .string(run.scenario.platform), "seed": .string(String(run.request.seed)),
        "faults": JSONValue(run.request.faults.map(\.name)),
      ])
    ])
    var lines = [header]
    for (index, step) in run.story.steps.enumerated() {
      lines.append(
        .members([
          "index": JSONValue(index + 1), "phase": .string(step.phase), "actor": .string(step.actor), "peer": step.peer.map { .string($0) },
          "call": .string(step.call), "object": .string(step.object), "outcome": .string(step.outcome.rawValue),
          "code": step.code.map { .string($0) },
          "guard": step.guardName.map { .string($0) }, "declared": step.isDeclared.map { .boolean($0) }, "remarks": JSONValue(step.remarks),
        ]))
    }
    lines.append(
      .members([
        "result": .members([
          "result": .string(run.passed ? "pass" : "fail"), "scenario": .string(run.scenario.name), "steps": JSONValue(run.story.steps.count),
          "bytes": JSONValue(run.story.bytesMoved), "mismatches": JSONValue(run.story.mismatches),
          "notes": .object(run.story.notes.map { .init($0.name, .string($0.value)) }),
        ])
      ]))
    return lines.map(\.text).joined(separator: "\n") + "\n"
  }
}
