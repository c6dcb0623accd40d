import Foundation
import Models
import Primitives
import Procedures
import Rules
import Testing

import Scenarios

struct RecordingTests {
  private static let short = """
    scenario: short
    phases:
      - {name: one, steps: [{call: connect}, {call: create-vm}, {call: open}, {call: export}, {guest: enter}, {host: write, unit: 0}]}
      - {name: two, steps: [{guest: read, unit: 0}, {host: read, unit: 1, expect: ignored}]}
    expect: {vm: dead, by: machine-check}
    """

  private func recording(_ host: HostDescription = HostDescription()) throws -> Recording {
    Recording(try ScenarioRunner.run(RunRequest(scenario(Self.short), host: host, payload: Payload([1, 2, 3]))))
  }

  @Test func theFileSaysTheSame() throws {
    let written = try recording()
    let read = try Recording(text: written.text, file: "short.jsonl")
    #expect(read == written)
    #expect(read.text == written.text)
    #expect(written.result.exitStatus == 0)
    let lines = written.text.split(separator: "\n")
    #expect(lines.first?.hasPrefix("{\"header\":{\"format\":") == true)
    #expect(lines.first?.contains("\"evidence\":\"not asked for\"") == true)
    #expect(lines.first?.contains("{\"name\":\"interface\",\"axis\":\"device\",\"bits\":2}") == true)
    #expect(lines.last?.hasPrefix("{\"result\":{\"line\":\"result: pass scenario=short platform=tdx") == true)
    #expect(lines.dropFirst().dropLast().allSatisfy { $0.hasPrefix("{\"index\":") })
  }

  /// What a user brought is in the recording: the files may be gone when it is replayed.
  @Test func userFilesTravel() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let procedure = folder.appendingPathComponent("mine.yaml").path, fault = folder.appendingPathComponent("fault.yaml").path
    func exchange(_ call: String) -> String { "  - do: \(call)\n  - do: spdm.relay\n  - do: \(call)\n" }
    let keys = String(repeating: exchange("TDH.IDE.STREAM.KM(KEY_PROG)"), count: 6)
    let starts = String(repeating: exchange("TDH.IDE.STREAM.KM(K_SET_GO)"), count: 2)
    try "procedure: connect\nsteps:\n  - do: TDH.SPDM.CREATE\n\(exchange("TDH.SPDM.CONNECT"))  - do: TDH.IDE.STREAM.CREATE\n\(keys)\(starts)"
      .write(toFile: procedure, atomically: true, encoding: .utf8)
    try "fault: quick-export\nedits:\n  - {procedure: export, remove: buffer.export}\n".write(toFile: fault, atomically: true, encoding: .utf8)
    var host = HostDescription()
    try host.replace("connect", withFile: procedure)
    try host.add(fault: fault)
    let written = try recording(host)
    try FileManager.default.removeItem(at: folder)
    #expect(!written.events.contains { $0.call == "lock tsm" && $0.phase == "one" && $0.index < 5 })
    #expect(!written.events.contains { $0.call == "buffer.export" })
    let replay = try Replay(of: Recording(text: written.text, file: "x"))
    #expect(replay.isSame, "\(replay.differences)")
    #expect(try Replay.throughRules(written) == [])
  }

  @Test func anotherStoryDiffers() throws {
    var changed = try recording()
    let i = try #require(changed.events.firstIndex { $0.call == "TDH.MR.FINALIZE" })
    changed.events[i].outcome = .refused
    changed.events[i].guardID = Guard.finalizeBuilding.id
    changed.result.memory = String(repeating: "0", count: 64)
    let differences = try Replay(of: changed).differences
    #expect(differences.contains { $0.event == changed.events[i].index && $0.what == "outcome" })
    #expect(differences.contains { $0.event == nil && $0.what == "memory" })
    #expect(try Replay.throughRules(changed).map(\.event) == [changed.events[i].index])
  }

  @Test func aPayloadThatIsNotThereIsAskedFor() throws {
    var written = try recording()
    written.header.payload?.bytes = nil
    #expect(throws: ScenarioError.self) { try Replay(of: written) }
    #expect(throws: ScenarioError.self) { try Replay(of: written, payload: [9]) }
    #expect(try Replay(of: written, payload: [1, 2, 3]).isSame)
  }

  @Test func whatIsWrongHasALine() throws {
    let lines = try recording().text.split(separator: "\n").map(String.init)
    func failure(_ lines: [String]) -> RecordingError? {
      do { _ = try Recording(text: lines.joined(separator: "\n"), file: "r") } catch { return error }
      return nil
    }
    func replaced(_ line: Int, _ old: String, _ new: String) -> RecordingError? {
      var copy = lines
      copy[line] = copy[line].replacing(old, with: new)
      return copy == lines ? nil : failure(copy)
    }
    #expect(failure([])?.code == .syntax)
    #expect(failure(lines.dropLast())?.code == .content)
    #expect(failure(Array(lines.dropFirst()))?.line == 1)
    #expect(failure(lines.filter { !$0.hasPrefix("{\"index\":4,") })?.line == 6)
    #expect(replaced(3, "\"ok\"", "\"fine\"")?.line == 4)
    #expect(replaced(3, "\"index\":2", "\"index\":2.5")?.code == .content)
    #expect(replaced(3, "advance 0", "advance 7")?.code == .action)
    #expect(replaced(3, "advance 0", "advance")?.code == .action)
    #expect(replaced(0, "recording 1", "recording 9")?.code == .format)
    #expect(replaced(0, "\"bits\":2}", "\"bits\":3}")?.code == .format)
    #expect(replaced(0, "\"devices\":1", "\"devices\":0")?.code == .content)
  }

  @Test func lineEndsOfAnotherSystem() throws {
    let text = try recording().text
    #expect(try Recording(text: text.replacing("\n", with: "\r\n"), file: "r") == Recording(text: text, file: "r"))
  }

  @Test func damagedRecordingsAreReadOrRefused() throws {
    let original = Array(try recording().text.utf8)
    var random = SeededRandom(seed: 5)
    var refused = 0
    for _ in 0..<2500 {
      let text = String(decoding: mutated(original, &random), as: UTF8.self)
      do { _ = try Recording(text: text, file: "r") } catch { refused += 1 }
    }
    #expect(refused > 1000)
  }

  @Test func damagedHeadersDoNotTrapAReplay() throws {
    let lines = try recording().text.split(separator: "\n", maxSplits: 1).map(String.init)
    var random = SeededRandom(seed: 6)
    for _ in 0..<60 {
      let text = String(decoding: mutated(Array(lines[0].utf8), &random), as: UTF8.self) + "\n" + lines[1]
      guard let read = try? Recording(text: text, file: "r") else { continue }
      _ = try? Replay(of: read)
      _ = try? Replay.throughRules(read)
      _ = EventChart.chart(of: read)
    }
  }

  @Test func jsonIsStrict() throws {
    for text in [
      "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "-01.5", "1.", "1 .5", "- 1", ".5", "1e", "1e+", "-", "nul", "\"\u{1}\"", "\"\\x\"",
      "\"\\ud800\"", "\"\\ud800\\u0041\"",
      "1 2", String(repeating: "[", count: 10_000), "\"abc",
    ] {
      #expect(throws: JSONParser.Failure.self, "\(text.prefix(20))") { try JSONParser.parse(text) }
    }
    for text in ["1.5", "-0.25", "1e3", "2E-7", "99999999999999999999"] { #expect(try JSONParser.parse(text) == .otherNumber(text)) }
    #expect(try JSONParser.parse("-7") == .integer(-7))
    let value = JSONValue.object([.init("a\n\"\\é\u{2028}", .array([.null, true, -7, "x\u{0}"]))])
    #expect(try JSONParser.parse(value.text) == value)
    #expect(try JSONParser.parse("\"\\ud83d\\ude00\"") == "😀")
  }
}
