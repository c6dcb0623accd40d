import Charts
import Exploration
import Foundation
import Models
import Procedures
import Rules
import Testing

import Scenarios

struct DrawingTests {
  @Test(arguments: BuiltInScenarios.names, ["unbind-first", "rfc-2025"])
  func textFitsAMail(name: String, variant: String) throws {
    let recording = Recording(try ScenarioRunner.run(RunRequest(BuiltInScenarios.scenario(name), host: host(variant), payload: smallPayload)))
    for showsAll in [false, true] {
      let chart = EventChart.chart(of: recording, showsAll: showsAll)
      let lines = TextChart.render(chart).split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.allSatisfy { $0.count <= 80 || $0.hasPrefix("result: ") })
      #expect(lines.contains { $0.contains("evidence: \(recording.header.evidence)") })
      #expect(chart.resultLine == recording.result.line)
      let steps = recording.events.count { $0.isStep }
      #expect(showsAll ? chart.rows.count == steps : chart.rows.count < steps)
      #expect(!chart.rows.contains { $0.call.hasPrefix("lock ") })
    }
    #expect(!MermaidChart.render(EventChart.chart(of: recording)).isEmpty)
  }

  /// However rows are folded, a chart's history ends where the run ended.
  @Test func historyEndsWhereTheRunEnded() throws {
    let run = try ScenarioRunner.run(RunRequest(BuiltInScenarios.scenario("private-mmio"), payload: smallPayload))
    let chart = EventChart.chart(of: Recording(run))
    let history = History(endOf: chart)
    let world = ChartWorld(run.header.shape, run.world)
    for object in world.objects {
      let last = history.objects.first { $0.name == object.name }
      #expect(last?.fields == object.fields, "\(object.name)")
    }
    #expect(history.maps == world.maps)
    let guest = try #require(chart.maps.first { $0.space == ChartWorld.guestSpace })
    #expect(guest.regions.map(\.ownership.owner) == ["guest shared"])
  }

  @Test func digestsOfAllPartiesAreShown() throws {
    let recording = Recording(try ScenarioRunner.run(RunRequest(BuiltInScenarios.scenario("private-mmio"), payload: smallPayload)))
    let text = TextChart.render(EventChart.chart(of: recording))
    for transfer in recording.result.transfers {
      #expect(text.contains(transfer.guest) && text.contains(transfer.device) && text.contains(transfer.host))
    }
    #expect(text.contains("rejected: UR, as declared"))
    #expect(text.contains("guard TLP/t-bit"))
  }

  @Test func noObjectHasAFieldTwice() throws {
    let run = try ScenarioRunner.run(RunRequest(BuiltInScenarios.scenario("host-pokes-private")))
    let objects = ChartWorld(run.header.shape, run.world).objects
    #expect(Set(objects.map(\.name)).count == objects.count)
    for object in objects { #expect(Set(object.fields.map(\.name)).count == object.fields.count, "\(object.fields)") }
  }

  /// A counterexample says what broke, by which guard it would have been held, and under which name it is found again.
  @Test func counterexamplesAreDrawn() throws {
    let faults = ["drop-guard:TLP/t-bit"]
    var procedures = try ProcedureSet()
    for fault in faults { try procedures.apply(fault: fault) }
    let model = try Model(.runningInterface, procedures: procedures)
    let check = try Check(model, options: SearchOptions(threads: 1))
    let found = try #require(check.counterexample)
    let request = PathRequest(
      model: model.kind.rawValue, claim: .violation(found.property), id: found.id, bounds: model.book.bounds, parameters: model.book.parameters,
      cast: model.book.cast, host: try host(faults: faults), prologue: model.beginning, actions: found.actions)
    let recording = try Recording.counterexample(request, line: "verdict: violated")
    #expect(recording.result.mismatches == [])
    #expect(recording.result.violation?.property == found.property)

    let text = TextChart.render(EventChart.chart(of: recording))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(text.hasPrefix("✗ \(found.property.broken)"))
    #expect(text.contains("cofferdam replay \(found.id) --step"))
    #expect(text.contains("would be held"))

    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try recording.text.write(to: folder.appendingPathComponent("some.jsonl"), atomically: true, encoding: .utf8)
    let again = try Recording.find(found.id, in: folder.path)
    #expect(again == recording)
    #expect(try Replay(of: again).isSame)
    #expect(throws: RecordingError.self) { try Recording.find("0000-0000-00", in: folder.path) }
  }
}
