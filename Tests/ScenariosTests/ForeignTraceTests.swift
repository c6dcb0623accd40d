import Machine
import Models
import Primitives
import Procedures
import Rules
import Testing

import Scenarios

/// Logs that no machine wrote: calls, objects, and little else.
@Suite struct ForeignTraceTests {
  private func check(_ kind: ModelKind, _ text: String) throws -> TraceCheck {
    let log = try TraceLog(text: text, file: "log")
    let model = try Model(kind, procedures: ProcedureSet(), bounds: log.world(atLeast: kind.defaultBounds()))
    return TraceCheck(log, from: try TraceBeginning(log, model.book, setUp: model.prologue.actions))
  }

  private static let calls = """
    {"call":"TDH.DEVIF.CREATE","object":"0000:e1:00.0","ts":1}
    {"call":"TDH.DEVIF.REQUEST(LOCK)","object":"e1:00.0"}

    {"call":"tdisp.relay"}
    {"call":"TDH.DEVIF.RESPONSE"}
    {"call":"TDH.MMIOMT.SET","object":"0000:e1:00.0/BAR2+0x4000"}
    {"call":"TDH.MMIO.MAP","object":"0000:e1:00.0/BAR2+0x4000","outcome":"ok"}
    """

  @Test func callsOfTheFirmware() throws {
    let check = try check(.untrustedHost, Self.calls)
    #expect(check.allowed == 6, "\(TraceReport(check).line)")
    guard case .allowed = check.verdict else { Issue.record("\(TraceReport(check).line)"); return }
    #expect(check.beginning.names.devices == ["0000:e1:00.0"])
  }

  @Test func theGuardAndItsSourceAreNamed() throws {
    let check = try check(.untrustedHost, Self.calls + "\n{\"call\":\"TDH.MMIO.UNMAP\",\"object\":\"0000:e1:00.0/BAR2+0x4000\"}\n")
    guard case .refused(let refusal) = check.verdict else { Issue.record("allowed"); return }
    #expect(refusal.line == 8 && refusal.event == 6 && refusal.reason == .refused(.mmioUnmapBlocked))
    let calls = refusal.possible.map(\.name.call)
    #expect(calls.contains("TDH.MMIO.BLOCK") && !calls.contains("TDH.MMIO.UNMAP"))
    let report = TraceReport(check)
    #expect(report.text.contains("TDH.MMIO.UNMAP/blocked") && report.text.contains(Guard.mmioUnmapBlocked.entry.source))
    #expect(report.text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(report.line.hasPrefix("verdict: refused trace=log platform=tdx event=6 line=8 reason=refused guard=TDH.MMIO.UNMAP/blocked"))
    let json = report.json.split(separator: "\n")
    #expect(json.count == 2 && json.allSatisfy { (try? JSONParser.parse($0)) != nil })
    #expect(report.json.contains("\"guard\":\"TDH.MMIO.UNMAP/blocked\"") && report.json.contains("\"possible\":[{"))
  }

  /// The log that the page on files shows comes to what the page says of it.
  @Test func theDocumentedLog() throws {
    let lines = DocumentationTests.page.split(separator: "\n").filter { $0.hasPrefix("{\"call\":") }
    let line = TraceReport(try check(.untrustedHost, lines.joined(separator: "\n"))).line
    let said = try #require(DocumentationTests.page.split(separator: "\n").first { $0.hasPrefix("verdict: refused trace=") })
    #expect(line.replacing("trace=log", with: "trace=calls.jsonl").hasPrefix(said.replacing(" ...", with: "")), "\(line)")
  }

  /// What is taken to have been done between the events is no reason why one is refused, and nothing to be done instead: nobody stopped the
  /// interface, and that nobody kicked the vCPU the log cannot say.
  @Test func whatIsUnseenIsNoReason() throws {
    let page = "\"object\":\"0000:e1:00.0/BAR2+0x4000\"}\n", mapped = Self.calls + "\n"
    let declared = Self.calls.split(separator: "\n").dropLast().joined(separator: "\n") + "\n"
    let rows = [
      (mapped + "{\"call\":\"TDH.MMIO.BLOCK\",\(page){\"call\":\"TDH.MEM.TRACK\"}\n", "TDH.MMIO.UNMAP", Guard.mmioUnmapStopped),
      (declared + "{\"call\":\"TDG.DEVIF.VALIDATE\"}\n" + Self.carried("REPORT"), "TDG.MMIO.ACCEPT", .mmioAcceptPending),
    ]
    for (before, call, law) in rows {
      let check = try check(.untrustedHost, before + "{\"call\":\"\(call)\",\(page)")
      guard case .refused(let refusal) = check.verdict else { Issue.record("allowed"); continue }
      #expect(refusal.reason == .refused(law), "\(TraceReport(check).line)")
      #expect(refusal.possible.allSatisfy { $0.name.call != "kvm.kick" && $0.name.call != "policy.check" })
    }
  }

  /// Nor is it one that the VMM may be gone, and its TD with it, or that there may be no TD yet.
  @Test(arguments: ["", "{\"call\":\"TDH.DEVIF.CREATE\"}\n{\"call\":\"TDH.MEM.TRACK\"}\n{\"call\":\"TDH.VP.ENTER\"}\n"])
  func aVCPUEntersOnce(before: String) throws {
    let check = try check(.untrustedHost, before + "{\"call\":\"TDH.VP.ENTER\"}\n{\"call\":\"TDH.VP.ENTER\"}\n")
    guard case .refused(let refusal) = check.verdict else { Issue.record("allowed"); return }
    #expect(refusal.reason == .refused(.enterOutside), "\(TraceReport(check).line)")
  }

  /// What the guest asks for, all the way there and back.
  private static func carried(_ kind: String) -> String {
    let calls = ["TDG.DEVIF.REQUEST(\(kind))", "TDH.DEVIF.REQUEST(TD)", "tdisp.relay", "TDH.DEVIF.RESPONSE", "TDG.DEVIF.RESPONSE"]
    return calls.map { "{\"call\":\"\($0)\"}\n" }.joined()
  }

  /// A guest takes its report in portions, and starts a device that it gave no DMA: no rule of the firmware has anything against it.
  @Test func aGuestAsksAgain() throws {
    let guest = "\n{\"call\":\"TDG.DEVIF.VALIDATE\"}\n" + Self.carried("REPORT") + Self.carried("REPORT") + Self.carried("START")
    let check = try check(.untrustedHost, Self.calls + guest)
    #expect(check.allowed == 6 + 1 + 15, "\(TraceReport(check).line)")
    // An exploration asks once: the same again is no other world.
    let model = try Model(.untrustedHost, procedures: ProcedureSet(), bounds: ModelKind.untrustedHost.defaultBounds())
    #expect(!model.book.parameters.guestIsFree)
  }

  /// As the module returns: a request first, and success with the answer.
  @Test func aCallThatPosesAMessageSaysSo() throws {
    let first = "{\"call\":\"TDH.IDE.STREAM.BLOCK\",\"object\":\"e1:00.0\"}\n{\"call\":\"TDH.IDE.STREAM.DELETE\"}\n"
    let posing = "{\"call\":\"TDH.SPDM.DISCONNECT\",\"code\":\"TDX_SPDM_REQUEST\"}\n", relay = "{\"call\":\"spdm.relay\"}\n"
    let check = try check(.untrustedHost, first + posing + relay + "{\"call\":\"TDH.SPDM.DISCONNECT\"}\n")
    #expect(check.allowed == 5, "\(TraceReport(check).line)")
    guard case .refused(let refusal) = try self.check(.untrustedHost, first + posing + relay + posing).verdict else {
      Issue.record("the answer was a request once more")
      return
    }
    #expect(refusal.event == 4)
  }

  /// LOCK has a RESPONSE of its own, so it is made once and comes back as done.
  @Test func aCodeThatTheCallDoesNotHave() throws {
    func refusal(_ line: String) throws -> TraceRefusal {
      guard case .refused(let refusal) = try check(.untrustedHost, line).verdict else { throw Unexpected(line: line) }
      return refusal
    }
    let create = "{\"call\":\"TDH.DEVIF.CREATE\",\"object\":\"e1:00.0\"}\n"
    let posed = try refusal(create + "{\"call\":\"TDH.DEVIF.REQUEST(LOCK)\",\"code\":\"TDX_SPDM_REQUEST\"}")
    #expect(posed.event == 1 && posed.reason == .otherOutcome(log: "ok TDX_SPDM_REQUEST", rules: "ok"))
    // The world in which it differs by its code alone is nearer than the empty one, in which it is refused.
    let other = try refusal(create.replacing("}", with: ",\"code\":\"TDX_BUSY\"}"))
    #expect(other.reason == .otherOutcome(log: "ok TDX_BUSY", rules: "ok"))
    #expect(try check(.untrustedHost, create.replacing("}", with: ",\"code\":\"TDX_SUCCESS\"}")).allowed == 1)
    // A message is carried, and comes back with no code of the firmware's.
    let relay = create + "{\"call\":\"TDH.DEVIF.REQUEST(LOCK)\"}\n{\"call\":\"tdisp.relay\",\"code\":\"TDX_SUCCESS\"}"
    #expect(try refusal(relay).reason == .otherOutcome(log: "ok TDX_SUCCESS", rules: "ok"))
    // That nobody has a reason to is no guard, and no ending.
    let broken = try refusal(create.replacing("}", with: ",\"outcome\":\"violated\"}"))
    #expect(!broken.reason.sentence.contains("not-now"), "\(broken.reason.sentence)")
    #expect(try refusal("{\"call\":\"MMIO complete\",\"outcome\":\"violated\"}").reason == .refused(.notNow))
  }

  /// What is asked of the firmware for no reason it refuses, with a code that is no guard's.
  @Test func whatNobodyHasAReasonToCall() throws {
    func allowed(_ ending: String) throws -> Int {
      try check(.untrustedHost, "{\"call\":\"TDH.PHYMEM.PAGE.RECLAIM(TDR)\",\(ending)}").allowed
    }
    #expect(try allowed("\"outcome\":\"refused\"") == 1 && allowed("\"outcome\":\"refused\",\"code\":\"TDX_LIFECYCLE_STATE_INCORRECT\"") == 1)
    #expect(try allowed("\"outcome\":\"ok\"") == 0)
    let create = "{\"call\":\"TDH.DEVIF.CREATE\",\"object\":\"e1:00.0\",\"outcome\":\"refused\",\"code\":\"TDX_DEVIFMT_ALREADY_PRESENT\"}"
    #expect(try check(.untrustedHost, create).allowed == 0)
  }

  /// An event that says which action it was is as much between unseen ones as any other.
  @Test func anActionIsBetweenUnseenOnes() throws {
    let create = "{\"call\":\"TDH.DEVIF.CREATE\",\"object\":\"e1:00.0\"}\n{\"call\":\"TDH.DEVIF.REQUEST(LOCK)\"}\n{\"call\":\"tdisp.relay\"}\n"
    let ending = create + "{\"call\":\"TDH.DEVIF.RESPONSE\",\"action\":\"call response 0 0\"}"
    #expect(try check(.untrustedHost, ending).allowed == 4)
  }

  /// MAP names one page, and an address is in one, wherever it begins.
  @Test func aPageIsOnePage() throws {
    let declared = "{\"call\":\"TDH.MMIOMT.SET\",\"object\":\"e1:00.0/BAR0+0x1000\"}\n"
    let calls = Self.calls.split(separator: "\n").prefix(4).joined(separator: "\n").replacing("0000:e1", with: "e1") + "\n" + declared
    #expect(try check(.untrustedHost, calls + "{\"call\":\"TDH.MMIO.MAP\",\"object\":\"e1:00.0/BAR0+0x1000\"}").allowed == 6)
    #expect(try check(.untrustedHost, calls + "{\"call\":\"TDH.MMIO.MAP\",\"object\":\"e1:00.0/BAR0+0x0\"}").allowed == 5)
    #expect(try check(.untrustedHost, calls + declared.replacing("0x1000", with: "0x1010")).allowed == 5)
  }

  private struct Unexpected: Error { var line: String }

  /// Whatever way a place is written, it is the same place.
  @Test func notationDecidesNothing() throws {
    for (device, page) in [("0000:E1:00.0", "BAR2+0x04000"), ("E1:00.0", "BAR2+0x0_4000"), ("e1:00.0", "BAR02+0x4000")] {
      let text = Self.calls.replacing("0000:e1:00.0", with: device).replacing("BAR2+0x4000", with: page)
      let check = try check(.untrustedHost, text)
      #expect(check.allowed == 6, "\(TraceReport(check).line)")
    }
    let large = try check(.untrustedHost, Self.calls.replacing("0x4000", with: "0xC000"))
    #expect(large.allowed == 6 && large.beginning.names.pages == [[ActionNames.Page(bar: 2, offset: 0xC000)]])
    let memory = "{\"call\":\"memory read\",\"actor\":\"guest\",\"object\":\"gpa 0x2F000000\"}"
    #expect(try check(.untrustedHost, memory + "\n" + memory.replacing("2F000000", with: "2f00_0000")).allowed == 2)
    // A sign is no digit.
    #expect(try check(.untrustedHost, Self.calls.replacing("0x4000", with: "0x+4000")).allowed < 6)
  }

  /// What no model has room for is no question, and no answer.
  @Test func aLogOfMoreThanAnyWorldHas() throws {
    for line in [
      (1...3).map { "{\"call\":\"TDH.DEVIF.CREATE\",\"object\":\"e\($0):00.0\"}" },
      (0...4).map { "{\"call\":\"TDH.MMIOMT.SET\",\"object\":\"e1:00.0/BAR0+0x\($0)000\"}" },
      (0...4).map { "{\"call\":\"dmabuf.attach\",\"actor\":\"importer:\($0)\"}" },
    ] {
      #expect(throws: Model.Failure.self) { try check(.untrustedHost, line.joined(separator: "\n")) }
      #expect(throws: Never.self) { try check(.untrustedHost, line.prefix(2).joined(separator: "\n")) }
    }
  }

  @Test func aCallThatNobodyHereMakesIsOne() throws {
    guard case .refused(let refusal) = try check(.untrustedHost, "{\"call\":\"dmabuf.attach\"}").verdict else { Issue.record("allowed"); return }
    guard case .nobody("dmabuf.attach", nil) = refusal.reason else { Issue.record("\(refusal.reason)"); return }
  }

  /// What the module saw of a run: its own calls and the messages, and nothing of the kernel, the function or the guest's policy.
  @Test func theFirmwaresCallsOfARun() throws {
    let run = try ScenarioRunner.run(RunRequest(BuiltInScenarios.scenario("private-mmio"), payload: Payload([UInt8](repeating: 7, count: 100))))
    let lines = try Recording(run).text.split(separator: "\n").compactMap { line -> String? in
      guard case .object(let members) = try JSONParser.parse(line), members.count > 1 else { return nil }
      let call = try #require(members.first { $0.key == "call" }).value.text
      guard ["\"TDH.", "\"TDG.", "\"spdm.relay", "\"tdisp.relay"].contains(where: { call.hasPrefix($0) }), line.contains("\"outcome\":\"ok\"")
      else { return nil }
      return JSONValue.object(members.filter { ["call", "object", "outcome", "code"].contains($0.key) }).text
    }
    let whole = try check(.untrustedHost, lines.joined(separator: "\n"))
    #expect(lines.count > 60 && whole.allowed == lines.count, "\(TraceReport(whole).text)")
    // Without the STOP it is no such log any more.
    let stop = try #require(lines.firstIndex { $0.contains("REQUEST(STOP)") })
    #expect(try check(.untrustedHost, (lines[..<stop] + lines[(stop + 3)...]).joined(separator: "\n")).allowed < lines.count - 3)
    // A log that tells of the policy tells of it wherever it was.
    let told = try check(.untrustedHost, (lines + ["{\"call\":\"policy.check\",\"outcome\":\"refused\"}"]).joined(separator: "\n"))
    guard case .refused(let refusal) = told.verdict else { Issue.record("allowed"); return }
    #expect(refusal.reason == .refused(.guestChecksBeforeAccept), "\(refusal.reason)")
  }

  @Test func aStoryOfNoMachineIsNoLog() throws {
    #expect(throws: RecordingError.self) { try TraceLog(text: "{\"header\":{\"scenario\":\"two-processes\",\"seed\":\"1\"}}", file: "log") }
  }

  @Test func otherLineEnds() throws {
    let check = try check(.untrustedHost, Self.calls.replacing("\n", with: "\r\n") + "\r\n")
    #expect(check.allowed == 6 && check.log.events.last?.line == 7)
  }

  /// A machine with MSI-X and a mailbox beside its TEE pages, whose log says nothing of a report: calls, objects and endings alone.
  @Test func pagesThatAreNoTEEMemory() throws {
    let run = try ScenarioRunner.run(RunRequest(BuiltInScenarios.scenario("private-mmio"), payload: Payload([UInt8](repeating: 7, count: 100))))
    let lines = try Recording(run).text.split(separator: "\n").compactMap { line -> String? in
      guard case .object(let members) = try JSONParser.parse(line), members.count > 1, !line.contains("\"bookkeeping\":true") else { return nil }
      return JSONValue.object(members.filter { ["call", "object", "outcome", "code", "guard"].contains($0.key) }).text
    }
    func check(_ lines: [String]) throws -> TraceCheck {
      let log = try TraceLog(text: lines.joined(separator: "\n"), file: "log")
      return try TraceCheck.inAnyReport(pages: 4) { pages in
        var parameters = Parameters()
        parameters.nonTEEPages = pages
        let model = try Model(
          .privateMMIO, procedures: ProcedureSet(), bounds: log.world(atLeast: ModelKind.privateMMIO.defaultBounds()), parameters: parameters)
        return TraceCheck(log, from: try TraceBeginning(log, model.book, setUp: model.prologue.actions))
      }
    }
    let whole = try check(lines), report = TraceReport(whole)
    #expect(whole.allowed == lines.count, "\(report.line)")
    #expect(report.text.contains("no TEE memory: BAR0+0x2000") && report.json.contains("[\"BAR0+0x2000\"]"))
    // It explains what a device can have reported, and not everything: a page that is declared cannot be.
    let map = try #require(lines.lastIndex { $0.contains("\"TDH.MMIO.MAP\"") })
    let other = try check(lines[...map] + [lines[map].replacing("BAR0+0x1000", with: "BAR0+0x2000")])
    guard case .refused(let refusal) = other.verdict else { Issue.record("allowed"); return }
    #expect(refusal.event == map + 1)
  }

  /// A device that the world has no room for is none of its own.
  @Test func aSecondDeviceNeedsRoom() throws {
    let text = "{\"header\":{\"bounds\":{\"devices\":1,\"pages\":1,\"importers\":0,\"memory\":1}}}\n" + Self.calls
    let check = try check(.untrustedHost, text + "\n{\"call\":\"TDH.DEVIF.REMOVE\",\"object\":\"0000:e2:00.0\"}")
    guard case .refused(let refusal) = check.verdict else { Issue.record("allowed"); return }
    #expect(refusal.line == 9 && refusal.reason.word == "object")
  }

  /// A call that nobody stands before is told what it would be told.
  @Test func aCallOutOfPlace() throws {
    let check = try check(.privateMMIO, "{\"call\":\"TDH.MMIO.MAP\",\"object\":\"0000:01:00.0/BAR0+0x0\"}\n")
    guard case .refused(let refusal) = check.verdict else { Issue.record("allowed"); return }
    guard case .nobody("TDH.MMIO.MAP", let why?) = refusal.reason else { Issue.record("\(refusal.reason)"); return }
    #expect(!why.entry.source.isEmpty)
    #expect(refusal.possible.contains { $0.action == .request(.bind, device: 0, page: 0) })
  }

  /// The path that an exploration found is a path of the rules, and says itself what it breaks.
  @Test func aCounterexampleIsAPath() throws {
    let model = try Model(
      .privateMMIO, procedures: HostDescription(faults: "close-before-cleanup").procedures(),
      bounds: Bounds(devices: 1, pages: 1, importers: 1, memory: 1))
    let found = try #require(try Check(model).counterexample)
    let recording = try Recording.counterexample(
      PathRequest(
        model: model.kind.rawValue, claim: .violation(found.property), id: found.id, bounds: model.book.bounds, parameters: model.book.parameters,
        cast: model.book.cast, host: HostDescription(faults: "close-before-cleanup"), prologue: model.beginning, actions: found.actions),
      line: "verdict: violated")
    let log = try TraceLog(text: recording.text, file: "log")
    let check = TraceCheck(log, from: try TraceBeginning(#require(log.header)))
    #expect(check.allowed == found.actions.count && check.violations.map(\.property) == [found.property])
    // Not said, it is not allowed.
    let silent = try TraceLog(
      text: recording.text.replacing("\"outcome\":\"violated\"", with: "\"outcome\":\"ok\"").replacing(
        "\"property\":\"\(found.property.id)\",\"phase\"", with: "\"phase\""),
      file: "log")
    guard case .refused(let refusal) = TraceCheck(silent, from: try TraceBeginning(#require(silent.header))).verdict else {
      Issue.record("allowed")
      return
    }
    #expect(refusal.reason == .breaks(found.property))
  }
}

extension HostDescription {
  fileprivate init(faults: String...) {
    self.init()
    self.faults = faults.map { .named($0) }
  }
}
