import Documents
import Primitives
import Procedures
import Testing

import Scenarios

struct ScenarioFileTests {
  private func failure(_ steps: String, expect: String = "{}") -> DocumentError? {
    do {
      _ = try scenario("scenario: x\nphases:\n  - name: a\n    steps:\n      - \(steps)\nexpect: \(expect)\n")
      return nil
    } catch { return error as? DocumentError }
  }

  @Test func goodStepsAreRead() {
    for step in [
      "{call: reset}", "{call: fault-shared, device: 0, page: 1}", "{start: close}", "{advance: reset, times: 3}", "{finish: reset}",
      "{advance: reset, until: buffer.wait-fences}", "{interleave: all}", "{guest: load, page: 2}", "{transfer: private, payload: 4KiB}",
      "{transfer: shared, payload: default}", "{host: write, unit: 1}", "{peer: touch, page: 0, expect: fault}", "{importer: use, index: 0}",
      "{vmm: crash}", "{vmm: set-irqs}", "{link: flip-t-bit}", "{relay: repeat-question, message: digests}",
      "{relay: repeat-answer, message: version}",
      "{action: host-reads 0, expect: {outcome: ignored, guard: memory/owner-key}}",
      "{call: reset, expect: {default: ok, mainline-7.1: any}, variants: [mainline-7.1, unbind-first]}",
    ] {
      #expect(failure(step) == nil, "\(step)")
    }
  }

  @Test(arguments: [
    ("{cal: reset}", DocumentError.Code.unknownKey, 5), ("{call: rest}", .unknownWord, 5), ("{call: reset, guest: enter}", .contradiction, 5),
    ("{call: reset, unit: 1}", .contradiction, 5), ("{device: 0}", .missingKey, 5), ("{call: reset, device: 9}", .outOfRange, 5),
    ("{advance: reset, times: 0}", .outOfRange, 5), ("{advance: reset, times: 1, until: x}", .contradiction, 5),
    ("{action: host-read 0}", .unknownWord, 5), ("{action: host-reads}", .unknownWord, 5),
    ("{action: host-reads 200}", .outOfRange, 5), ("{call: reset, expect: maybe}", .unknownWord, 5),
    ("{call: reset, expect: {guard: x}}", .unknownWord, 5),
    ("{call: reset, expect: {mainline-7.1: ok}}", .missingKey, 5), ("{call: reset, variants: [mine]}", .unknownWord, 5), ("call", .wrongType, 5),
    ("{transfer: private, payload: 1TiB}", .outOfRange, 5), ("{relay: repeat-question, message: version}", .contradiction, 5),
    ("{relay: flip-answer, message: lock}", .unknownWord, 5), ("{link: cut}", .unknownWord, 5),
  ])
  func badStepsSayWhere(step: String, code: DocumentError.Code, line: Int) throws {
    let error = try #require(failure(step), "\(step)")
    #expect(error.code == code, "\(error)")
    #expect(error.position.line == line)
  }

  /// A code that nobody has would be waited for in vain.
  @Test func codesAreThoseThatThereAre() throws {
    let step = try #require(failure("{vmm: write-command, expect: {outcome: refused, code: EBUSI}}"))
    #expect(step.code == .unknownWord && step.suggestion == "EBUSY" && step.position.line == 5)
    let end = try #require(failure("{call: reset}", expect: "{code: TDX_DEVIF_TDISP_INVALID_STAT}"))
    #expect(end.code == .unknownWord && end.suggestion == "TDX_DEVIF_TDISP_INVALID_STATE")
    #expect(
      failure("{call: reset}", expect: "{refused: [FOO]}")?.code == .unknownWord && failure("{call: reset}", expect: "{refused: [EBUSY]}") == nil)
    for code in ["POLICY", "verifyData", "peerError", "timeout", "nothing"] {
      #expect(failure("{call: reset, expect: {code: \(code)}}") == nil, "\(code)")
    }
  }

  @Test func whatAReportSaysIsOfAPage() throws {
    #expect(failure("{host: touch, page: 1, expect: as-reported}") == nil && failure("{vmm: write-msix, expect: {outcome: as-reported}}") == nil)
    let error = try #require(failure("{call: reset, expect: as-reported}"))
    #expect(error.code == .contradiction && error.position.line == 5)
  }

  /// The last line is for machines, and is printed to terminals.
  @Test func namesThatWouldSteerATerminal() throws {
    let steps = "phases:\n  - {name: a, steps: [{call: connect}]}\n"
    let run = try ScenarioRunner.run(RunRequest(scenario("scenario: \"a\\e[31m b\\u202e=c\"\n" + steps)))
    #expect(run.resultLine.hasPrefix("result: pass scenario=a?[31m-b?-c platform="))
    let error = #expect(throws: DocumentError.self) { try scenario("scenario: \"\"\n" + steps) }
    #expect(error?.code == .outOfRange && error?.position.line == 1)
  }

  /// What VFIO keeps it keeps however it was written; a message of a handshake is not sought where none is out.
  @Test func whatIsKeptAndWhatIsNotThere() throws {
    let setUp = "{call: connect}, {call: create-vm}, {call: open}, {call: export}, {guest: enter}, {call: bind}, {vfio: keep}"
    let steps =
      "{action: cycle-bus-master 0, expect: {outcome: refused, code: EBUSY}}, {action: set-interrupts 0, expect: {outcome: refused, code: EBUSY}}, "
      + "{start: unbind}, {advance: unbind, until: stop-relay}, {relay: flip-question, message: finish, expect: {outcome: ignored, code: nothing}}, "
      + "{finish: unbind}, {action: cycle-bus-master 0}"
    let text = "scenario: x\nlock-msix: true\nphases: [{name: a, steps: [\(setUp), \(steps)]}]\n"
    let run = try ScenarioRunner.run(RunRequest(try scenario(text)))
    #expect(run.mismatches == [] && run.troubles == [])
  }

  @Test func badEndsSayWhere() throws {
    for (end, code) in [
      ("{vm: gone}", DocumentError.Code.unknownWord), ("{violates: everything}", .unknownWord), ("{refused: [NOBODY]}", .unknownWord),
      ("{state: {interfaces: run}}", .unknownKey), ("{state: {interface: running}}", .unknownWord), ("{state: {interface 99: run}}", .outOfRange),
      ("{defalt: {}}", .unknownKey),
    ] {
      #expect(failure("{call: reset}", expect: end)?.code == code, "\(end)")
    }
    #expect(failure("{call: rest}")?.suggestion == "reset")
    #expect(failure("{call: reset}", expect: "{state: {interfaces: run}}")?.suggestion == "interface")
  }

  @Test func whatTheMachineHasNotIsSaidBefore() throws {
    for step in [
      "{call: reset, device: 3}", "{importer: use, index: 9}", "{host: read, unit: 7}", "{action: accept-mmio 0 60}", "{host: touch, page: 9}",
    ] {
      let file = try scenario("scenario: x\nphases:\n  - {name: a, steps: [\(step)]}\n")
      #expect(throws: ScenarioError.self) { try ScenarioRunner.run(RunRequest(file)) }
    }
    let file = try scenario("scenario: x\nphases:\n  - {name: a, steps: [{start: reset}, {advance: reset, until: nowhere}]}\n")
    #expect(throws: ScenarioError.self) { try ScenarioRunner.run(RunRequest(file)) }
  }

  @Test func aWrongExpectationFails() throws {
    let steps = "{call: connect}, {call: create-vm}, {call: open}, {call: export}, {guest: enter}"
    for end in [
      "vm: dead", "by: kvm", "code: TDX_TD_FATAL", "violates: deadlock", "refused: [TLP/t-bit]", "state: {interface: run}", "digests: agree",
      "released: true",
    ] {
      let run = try ScenarioRunner.run(RunRequest(scenario("scenario: x\nphases: [{name: a, steps: [\(steps)]}]\nexpect: {\(end)}\n")))
      #expect(run.mismatches.count == 1, "\(end)")
      #expect(run.exitStatus == 1)
    }
    for step in ["{host: touch, page: 0, expect: fault}", "{guest: start}", "{host: read, unit: 0, expect: {outcome: ignored, guard: TLP/t-bit}}"] {
      let run = try ScenarioRunner.run(RunRequest(scenario("scenario: x\nphases: [{name: a, steps: [\(steps), \(step)]}]\n")))
      #expect(run.mismatches.count == 1, "\(step)")
    }
  }

  /// Two procedures at once, in an order that the seed decides: every order of these comes to an end.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func proceduresInterleave(seed: UInt64) throws {
    let file = try scenario(
      """
      scenario: both
      phases:
        - name: a
          steps: [{call: connect}, {call: create-vm}, {call: open}, {call: export}, {start: reset}, {start: memory-off}, {interleave: all}]
      expect: {state: {taskPosition: "0", taskPosition 1: "0", memoryEnabled: "no"}}
      """)
    let run = try ScenarioRunner.run(RunRequest(file, seed: seed))
    #expect(run.mismatches == [])
  }

  /// Thousands of damaged files: each is read or refused, none traps.
  @Test func mutatedFilesAreReadOrRefused() throws {
    var random = SeededRandom(seed: 11)
    var refused = 0
    for name in BuiltInScenarios.names {
      let original = Array(try BuiltInScenarios.scenario(name).source.text.utf8)
      for _ in 0..<250 {
        let text = String(decoding: mutated(original, &random), as: UTF8.self)
        do { _ = try scenario(text) } catch { refused += 1 }
      }
    }
    #expect(refused > 300)
  }
}

/// A few bytes changed, removed, doubled, or the rest cut off.
func mutated(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
  var bytes = bytes
  for _ in 0...Int(random.next() % 3) where !bytes.isEmpty {
    let at = Int(random.next() % UInt64(bytes.count))
    switch random.next() % 6 {
    case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
    case 1: bytes[at] = Array("0123456789:,{}[]\"-\n\\".utf8)[Int(random.next() % 20)]
    case 2: bytes.remove(at: at)
    case 3: bytes.insert(bytes[at], at: at)
    case 4: bytes.replaceSubrange(at..<min(bytes.count, at + 9), with: [])
    default: bytes.removeLast(random.next() % 4 == 0 ? bytes.count - at : 1)
    }
  }
  return bytes
}
