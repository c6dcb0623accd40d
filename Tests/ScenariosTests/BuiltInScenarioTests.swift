import Charts
import Documents
import Foundation
import Machine
import Procedures
import Testing

import Scenarios

/// A variant's host, with faults by name.
func host(_ variant: String = ProcedureSet.defaultVariant, faults: [String] = []) throws -> HostDescription {
  var host = HostDescription(variant: variant)
  for fault in faults { try host.add(fault: fault) }
  return host
}

/// A small payload, so that debug builds stay quick.
let smallPayload = Payload(Payload.bytes(seed: 3, count: 1000))

func scenario(_ text: String) throws -> ScenarioFile { try ScenarioFile(SourceText(file: "test.yaml", text: text)) }

struct BuiltInScenarioTests {
  @Test(arguments: BuiltInScenarios.names, ProcedureSet.variantNames)
  func endsAsDeclared(name: String, variant: String) throws {
    var request = try RunRequest(BuiltInScenarios.scenario(name), host: host(variant), payload: smallPayload)
    request.auditsEveryEvent = true
    let run = try ScenarioRunner.run(request)
    #expect(run.mismatches == [])
    #expect(run.troubles == [])
    #expect(run.exitStatus == 0)
    #expect(run.resultLine.hasPrefix("result: pass scenario=\(name) platform=tdx steps=\(run.steps) "))
    // Nothing that a scenario does not declare may look like a surprise.
    #expect(run.events.allSatisfy { $0.isDeclared != false })
  }

  /// What is exported, and as what, is the machine's: a scenario follows its report.
  @Test(
    arguments: [
      "{offset: 0x0, pages: 4, tee: true}", "{offset: 0x0, pages: 3, tee: true}, {offset: 0x3000, pages: 1, tee: false}",
      "{offset: 0x0, pages: 1, tee: true}, {offset: 0x1000, pages: 3, tee: false}",
      "{offset: 0x1000, pages: 3, tee: false}, {offset: 0x0, pages: 1, tee: true}",
    ], ["private-mmio", "vmm-writes-after-lock"])
  func anyLayoutEndsAsDeclared(ranges: String, name: String) throws {
    let text = try BuiltInMachine.text()
    let start = try #require(text.range(of: "      ranges:")), end = try #require(text.range(of: "    firmware:"))
    let machine = text.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: "      ranges: [\(ranges)]\n")
    let request = RunRequest(
      try BuiltInScenarios.scenario(name), machine: SourceText(file: "machine.yaml", text: machine), host: try host(), payload: smallPayload)
    let run = try ScenarioRunner.run(request)
    #expect(run.mismatches == [] && run.troubles == [] && run.exitStatus == 0, "\(ranges)")
    // A table that is locked with the interface is TEE memory, whatever its page is reported as.
    guard name == "vmm-writes-after-lock" else { return }
    #expect(run.events.count { $0.guardID == "TLP/t-bit" && $0.action?.hasPrefix("host-touches") == true } == 1)
  }

  /// What is reported as nothing is TEE memory as well.
  @Test func aTableThatIsNotExportedIsReachedByNobody() throws {
    let machine = try BuiltInMachine.text().replacingOccurrences(
      of: "- {offset: 0x2000, pages: 2, tee: false}", with: "- {offset: 0x3000, pages: 1, tee: false}")
    let source = SourceText(file: "machine.yaml", text: machine)
    let run = try ScenarioRunner.run(RunRequest(try BuiltInScenarios.scenario("vmm-writes-after-lock"), machine: source))
    #expect(run.mismatches == [] && run.troubles == [] && run.exitStatus == 0)
    #expect(run.events.count { $0.guardID == "TLP/t-bit" && $0.call == Machine.hiddenTouch } == 1)
  }

  @Test func theSameSeedIsTheSameRun() throws {
    let request = try RunRequest(BuiltInScenarios.scenario("vmm-crash"), seed: 5)
    #expect(Recording(try ScenarioRunner.run(request)).text == Recording(try ScenarioRunner.run(request)).text)
  }

  @Test(arguments: [0, 1, 63, 4097])
  func payloadsOfAnySize(count: Int) throws {
    let bytes = Payload.bytes(seed: 9, count: count)
    let run = try ScenarioRunner.run(RunRequest(BuiltInScenarios.scenario("private-mmio"), payload: Payload(bytes)))
    #expect(run.passed)
    #expect(run.transfers.map(\.bytes) == [count, count, count, count])
    #expect(run.transfers.allSatisfy { $0.guest == sha256Text(bytes) && $0.device == sha256Text(bytes) })
    #expect(run.transfers.filter(\.isPrivate).allSatisfy { ($0.host == $0.guest) == (count == 0) })
  }

  /// Larger than what fits into the guest's buffers: piece after piece.
  @Test func aLargePayloadGoesInPieces() throws {
    let bytes = Payload.bytes(seed: 9, count: 2_500_001)
    let file = try scenario(
      """
      scenario: large
      phases:
        - {name: all, steps: [{call: connect}, {call: create-vm}, {call: open}, {call: export}, {transfer: shared}]}
      expect: {digests: agree}
      """)
    let run = try ScenarioRunner.run(RunRequest(file, payload: Payload(bytes)))
    #expect(run.mismatches == [])
    #expect(run.bytesMoved == 2_500_001)
  }

  @Test func aForgottenInvalidationIsSeen() throws {
    let run = try ScenarioRunner.run(
      RunRequest(BuiltInScenarios.scenario("private-mmio"), host: host(faults: ["drop-guard:TLP/t-bit"]), payload: smallPayload))
    #expect(!run.passed && run.exitStatus == 1)
    #expect(run.violation?.property == .privateByteLeaks)
  }

  @Test func otherPlatformsAreRefused() throws {
    for name in ["sev-snp", "tdxx"] {
      var request = try RunRequest(BuiltInScenarios.scenario("private-mmio"))
      request.platform = name
      #expect(throws: ScenarioError.platform(name)) { try ScenarioRunner.run(request) }
    }
  }
}
