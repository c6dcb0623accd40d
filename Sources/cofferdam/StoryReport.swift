import BufferStories
import Charts
import Primitives

/// A story in the forms in which a run is shown.
struct StoryReport {
  let story: Story
  let result: Story.Result
  let faults: [String]
  let seed: UInt64

  /// The line for machines.
  var line: String {
    "result: \(result.isAsDeclared ? "pass" : "fail") scenario=\(story.name) steps=\(result.steps.count) facts=\(result.observed.count)"
      + " faults=\(faults.count) seed=\(seed)"
  }

  /// What is not as it was declared; empty for a story that passes.
  var mismatches: [String] {
    var found = result.failure.map { ["ended early: \($0)"] } ?? []
    for i in 0..<max(result.declared.count, result.observed.count) {
      let declared = i < result.declared.count ? "'\(result.declared[i])'" : "nothing more"
      let seen = i < result.observed.count ? "'\(result.observed[i])'" : "nothing"
      if seen != declared { found.append("not as declared: expected \(declared), observed \(seen)") }
    }
    return found
  }

  var text: String {
    var lines = [story.summary]
    for step in result.steps {
      lines.append("  " + step.actor + String(repeating: " ", count: max(1, 12 - step.actor.count)) + step.call)
      lines += step.facts.map { "  => " + $0 }
    }
    return lines.joined(separator: "\n")
  }

  var chart: Chart {
    let rows = result.steps.enumerated().map { i, step in
      Row(i + 1, Lane(step.actor), call: step.call, remarks: step.facts.map { Fact("", $0) })
    }
    return Chart(
      title: story.name, header: [Fact("seed", "\(seed)")] + faults.map { Fact("fault", $0) }, phases: [Phase(story.summary, rows)],
      notes: mismatches.map { Fact("", $0) }, resultLine: line)
  }

  /// A header, a step a line with what was so after it, and the result.
  var lines: String {
    var lines: [JSONValue] = [
      .members(["header": .members(["scenario": .string(story.name), "seed": .string(String(seed)), "faults": JSONValue(faults)])])
    ]
    for (i, step) in result.steps.enumerated() {
      lines.append(
        .members([
          "index": JSONValue(i + 1), "actor": .string(step.actor), "call": .string(step.call), "outcome": "ok", "remarks": JSONValue(step.facts),
        ]))
    }
    lines.append(
      .members([
        "result": .members([
          "result": .string(result.isAsDeclared ? "pass" : "fail"), "scenario": .string(story.name), "steps": JSONValue(result.steps.count),
          "facts": JSONValue(result.observed.count), "declared": JSONValue(result.declared), "mismatches": JSONValue(mismatches),
        ])
      ]))
    return lines.map(\.text).joined(separator: "\n") + "\n"
  }
}
