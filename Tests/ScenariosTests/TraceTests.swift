import Machine
import Models
import Primitives
import Procedures
import Rules
import Testing

import Scenarios

/// Event logs against the rules alone: what a machine wrote is allowed, and what was altered is found where it was altered.
@Suite struct TraceTests {
  static let lines: [String] = {
    let run = try? ScenarioRunner.run(RunRequest(BuiltInScenarios.scenario("vmm-crash"), host: HostDescription()))
    return run.map { Recording($0).text.split(separator: "\n").map(String.init) } ?? []
  }()

  private func check(_ lines: [String]) throws -> TraceCheck {
    let log = try TraceLog(text: lines.joined(separator: "\n"), file: "log")
    return TraceCheck(log, from: try TraceBeginning(#require(log.header)))
  }

  /// Lines of the file from 1, as a refusal counts them.
  private func refusal(_ lines: [String]) throws -> TraceRefusal? {
    if case .refused(let refusal) = try check(lines).verdict { refusal } else { nil }
  }

  private func line(_ call: String) throws -> Int { try #require(Self.lines.firstIndex { $0.contains("\"call\":\"\(call)\"") }) }

  private func altered(_ i: Int, _ old: String, _ new: String) throws -> TraceRefusal {
    var lines = Self.lines
    lines[i] = lines[i].replacing(old, with: new)
    try #require(lines != Self.lines)
    let refusal = try #require(try refusal(lines))
    #expect(refusal.line == i + 1)
    return refusal
  }

  /// Without a member, in every event.
  private static func stripped(_ keys: Set<String>, _ lines: [String]) throws -> [String] {
    try lines.map { line in
      guard case .object(let members) = try JSONParser.parse(line), members.count > 1 else { return line }
      return JSONValue.object(members.filter { !keys.contains($0.key) }).text
    }
  }

  @Test(arguments: BuiltInScenarios.names) func whatAMachineWroteIsAllowed(scenario: String) throws {
    for variant in ["unbind-first", "mainline-7.1"] {
      let run = try ScenarioRunner.run(RunRequest(BuiltInScenarios.scenario(scenario), host: HostDescription(variant: variant)))
      let log = try TraceLog(text: Recording(run).text, file: "log")
      let check = TraceCheck(log, from: try TraceBeginning(#require(log.header)))
      #expect(check.allowed == run.events.count, "\(scenario) \(variant): \(TraceReport(check).line)")
      #expect(TraceReport(check).line.hasPrefix("verdict: allowed trace=log platform=tdx events="))
      #expect(check.violations.first?.property == run.violation?.property)
    }
  }

  @Test func membersMayBeMissing() throws {
    for keys: Set<String> in [
      ["changes", "accesses", "phase", "bookkeeping"], ["action", "changes", "bookkeeping"], ["action", "changes", "actor", "peer"], ["index"],
      ["index", "action", "changes", "actor", "peer", "object", "code", "guard", "args"],
    ] {
      let check = try check(Self.stripped(keys, Self.lines))
      #expect(check.allowed == check.log.events.count, "\(keys.sorted()): \(TraceReport(check).line)")
    }
    // Another system's log has no locks.
    let visible = Self.lines.filter { !$0.contains("\"bookkeeping\":true") }
    let other = try check(Self.stripped(["index", "action", "changes"], visible))
    #expect(other.allowed == visible.count - 2, "\(TraceReport(other).line)")
  }

  @Test func anAlteredOutcomeIsFound() throws {
    let i = try line("TDH.DEVIF.CREATE")
    #expect(try altered(i, "\"ok\"", "\"refused\"").reason.word == "outcome")
    #expect(try altered(i, "\"ok\"", "\"violated\"").reason.word == "outcome")
  }

  /// Any refusal could be one by chance, so that a log without actions has to say that it was.
  @Test func aFailureByChanceSaysSo() throws {
    let i = try line("TDH.DEVIF.CREATE"), lines = try Self.stripped(["action", "changes"], Array(Self.lines[...i]))
    func refusal(ending: String) throws -> TraceRefusal? {
      let last = lines[i].replacing("\"outcome\":\"ok\"", with: "\"outcome\":\"refused\"" + ending)
      try #require(last != lines[i])
      return try self.refusal(lines.dropLast() + [last])
    }
    #expect(try refusal(ending: ",\"code\":\"ENOMEM\"") == nil)
    for ending in ["", ",\"code\":\"EIO\"", ",\"guard\":\"TDH.DEVIF.CREATE/absent\""] {
      #expect(try refusal(ending: ending)?.line == i + 1, "\(ending)")
    }
  }

  @Test func anUnknownCallIsFound() throws {
    let refusal = try altered(line("TDH.DEVIF.CREATE"), "TDH.DEVIF.CREATE", "TDH.DEVIF.CRATE")
    #expect(refusal.reason == .otherValue("call", log: "TDH.DEVIF.CRATE", rules: "TDH.DEVIF.CREATE"))
    var lines = try Self.stripped(["action"], Self.lines)
    let i = try line("TDH.DEVIF.CREATE")
    lines[i] = lines[i].replacing("TDH.DEVIF.CREATE", with: "TDH.DEVIF.CRATE")
    let other = try #require(try self.refusal(lines))
    #expect(other.line == i + 1 && other.reason == .unknownCall("TDH.DEVIF.CRATE", nearest: "TDH.DEVIF.CREATE"))
    #expect(other.possible.contains { $0.name.call == "TDH.DEVIF.CREATE" })
  }

  @Test func aValueOutOfRangeIsFound() throws {
    let i = try line("TDH.DEVIF.CREATE")
    #expect(try altered(i, "advance 0", "advance 9").reason.word == "out-of-range")
    #expect(try altered(i, "advance 0", "advance").reason.word == "unknown-action")
    #expect(try altered(i, "\"0000:01:00.0\"", "\"0000:09:00.0\"").reason.word == "object")
    let map = try line("TDH.MMIO.MAP")
    #expect(try altered(map, "\"gpa\":\"0x8000000000\"", "\"gpa\":\"0x1000\"").reason.word == "args.gpa")
    #expect(try altered(map, "\"size\":\"4096\"", "\"size\":8192").reason.word == "args.size")
    var whole = Self.lines
    whole[map] = whole[map].replacing("\"gpa\":\"0x8000000000\"", with: "\"gpa\":\"0x80_0000_0000\"").replacing("\"4096\"", with: "4096")
    let check = try check(whole)
    #expect(check.allowed == check.log.events.count, "\(TraceReport(check).line)")
  }

  /// With and without the numbers that give it away.
  @Test func anEventThatIsMissingIsFound() throws {
    for call in ["TDH.DEVIF.CREATE", "TDH.MNG.CREATE", "buffer.export", "TDH.DMAR.ADD"] {
      var lines = Self.lines
      let i = try line(call)
      lines.remove(at: i)
      #expect(try refusal(lines)?.line == i + 1)
      let refusal = try #require(try refusal(Self.stripped(["index"], lines)), "\(call)")
      #expect(refusal.line >= i + 1)
      #expect(try self.refusal(Self.stripped(["index", "changes"], lines))?.line == i + 1 || refusal.line == i + 1)
    }
    // The last one is missed by the result alone, which counts all events, and the steps among them.
    let end = Self.lines.count - 1
    #expect(try refusal(Array(Self.lines[..<(end - 1)] + Self.lines[end...]))?.reason.word == "miscounted")
    let last = try #require(Self.lines.indices.dropLast().last { !Self.lines[$0].contains("\"bookkeeping\":true") })
    #expect(try refusal(Array(Self.lines[..<last] + Self.lines[(Self.lines.count - 1)...]))?.reason.word == "miscounted")
  }

  @Test func twoThatAreSwappedAreFound() throws {
    for i in stride(from: 1, to: Self.lines.count - 2, by: 7) {
      var lines = Self.lines
      lines.swapAt(i, i + 1)
      #expect(try refusal(lines)?.line == i + 1)
    }
  }

  @Test func whatIsNoLogHasALine() throws {
    for (text, line) in [
      ("", nil), ("{\"call\":\"x\"", 1), ("{\"call\":5}", 1), ("{\"call\":\"\",\"action\":\"advance 0\"}", 1),
      ("\n{\"call\":\"x\",\"outcome\":\"fine\"}", 2), ("[]", 1), ("{\"index\":1}", 1),
      ("{\"call\":\"x\",\"index\":-1}", 1), ("{\"result\":{}}\n{\"call\":\"x\"}", 2), ("{\"header\":{\"format\":\"other\"}}", 1),
    ] as [(String, Int?)] {
      #expect(throws: RecordingError.self, "\(text)") { try TraceLog(text: text, file: "log") }
      do { _ = try TraceLog(text: text, file: "log") } catch { #expect(error.line == line, "\(text)") }
    }
  }

  /// Whatever a file holds, it is read or refused, and played to an answer.
  @Test func damagedLogsAreReadOrRefused() throws {
    let original = Array((Self.lines.prefix(60) + Self.lines.suffix(1)).joined(separator: "\n").utf8)
    var random = SeededRandom(seed: 11)
    var refused = 0
    for _ in 0..<400 {
      let text = String(decoding: mutated(original, &random), as: UTF8.self)
      do {
        let log = try TraceLog(text: text, file: "log")
        guard let header = log.header else { continue }
        _ = TraceReport(TraceCheck(log, from: try TraceBeginning(header))).json
      } catch { refused += 1 }
    }
    #expect(refused > 100)
  }

  @Test func aLogSteersNoTerminal() throws {
    var lines = Self.lines
    lines[3] = "{\"call\":\"\\u001b[2J\\r\",\"object\":\"\\u001b]0;x\\u0007\"}"
    let text = TraceReport(try check(lines)).text
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
  }
}
