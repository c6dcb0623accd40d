import Machine
import Procedures
import Rules
import SPDM
import TEE
import Testing

/// What module and device say to each other is said in bytes: certificates, measurements, keys, TDISP.
@Suite struct SessionTests {
  private func built(_ change: (inout MachineFile) -> Void = { _ in }, evidence: EvidenceSource = .session) throws -> Machine {
    var file = try MachineFile.builtIn()
    change(&file)
    let m = try Machine(file, try book(), evidence: evidence)
    m.auditsEveryEvent = true
    return m
  }

  @Test func evidenceIsEarned() throws {
    let m = try built()
    #expect(m.evidence == .notAsked && m.sessionCount(of: 0) == 0)
    #expect(m.setUp() == nil)
    #expect(m.sessionCount(of: 0) == 1 && m.isProtected(0))
    #expect(m.goPrivate(0) == nil)
    #expect(m.evidence == .verified)
    let proof = try #require(m.module.sessions[0].proof)
    #expect(proof.chain.identity.device == "Cofferdam:accelerator:100")
    #expect(proof.measurements.blocks.map(\.index) == [1, 2, 3, 16, 253])
    #expect(m.unbind(0).isComplete && m.close(0).isComplete && m.disconnect(0).isComplete)
    #expect(m.sessionCount(of: 0) == 0 && !m.isProtected(0))
    #expect(m.troubles == [] && m.audit() == [])
  }

  @Test func anotherRootIsNotTrusted() throws {
    let m = try built { $0.policy.root = [UInt8](repeating: 7, count: 48) }
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == "attest: the chain's root is not the trusted one")
    #expect(m.evidence == .refused("the chain's root is not the trusted one"))
  }

  @Test func otherFirmwareIsNotAccepted() throws {
    let m = try built { $0.devices[0].firmware = Array("another".utf8) }
    #expect(m.setUp() == nil)
    #expect(m.goPrivate(0) == "attest: measurement 0 is not the expected one")
    #expect("\(m.evidence)" == "refused (measurement 0 is not the expected one)")
  }

  @Test func handedOverSaysSo() throws {
    let m = try built(evidence: .handedOver)
    #expect(m.setUp() == nil && m.goPrivate(0) == nil)
    #expect(m.evidence == .unauthenticated && m.sessionCount(of: 0) == 0)
    #expect(m.events.allSatisfy { $0.argument("evidence") ?? "unauthenticated" == "unauthenticated" })
  }

  private func advance(_ m: Machine, _ procedure: Procedure, to step: Step) throws -> UInt8 {
    let task = try #require(m.begin(procedure))
    while m.world.pendingStep(of: task, m.book)?.step != step {
      guard m.attempt(.advance(task: task)).isAccepted else { break }
    }
    return task
  }

  /// Each way to tamper with each message of a handshake is refused, and the message can still be carried.
  @Test(arguments: HandshakeMessage.allCases) func noHandshakeSurvives(message: HandshakeMessage) throws {
    let m = try built()
    let task = try advance(m, .connect, to: .spdmRelay)
    for how in Tampering.allCases {
      let event = m.tamper(how, 0, at: .handshake(message))
      let hasNothing = event.code == "nothing" && ["the earlier answer is the same", "nothing was carried before"].contains(event.argument("reason"))
      #expect(event.outcome == .refused || hasNothing, "\(how) \(event)")
      // A handshake has a first question, and nothing comes before that.
      #expect(!hasNothing || how == .repeatAnswer || (how == .repeatQuestion && message == .version), "\(how) \(event)")
      if how == .dropQuestion { #expect(event.code == "timeout" && m.tamper(how, 0).guardID == Guard.exchangeAnswered.id) }
    }
    #expect(m.finish(task).isComplete)
    #expect(m.troubles == [] && m.isProtected(0))
  }

  /// An answer that was tampered with is not taken; the right one is, afterwards.
  @Test(arguments: Tampering.allCases.filter { !"\($0)".hasSuffix("Question") || $0 == .reflectQuestion })
  func noAnswerIsTaken(how: Tampering) throws {
    let m = try built()
    #expect(m.setUp() == nil)
    let task = try advance(m, .bind, to: .response)
    #expect(m.tamper(how, 0).outcome == .refused)
    #expect(m.finish(task).isComplete && m.attest(0).isTrusted)
    #expect(m.troubles == [])
  }

  /// A question that was tampered with ends the session, and with it stream and interface; a new session makes all of it anew.
  @Test(arguments: [Tampering.flipQuestion, .repeatQuestion]) func aBrokenSessionIsNoSession(how: Tampering) throws {
    let m = try built()
    #expect(m.setUp() == nil)
    let task = try advance(m, .bind, to: .relay)
    #expect(m.tamper(how, 0).code == "peerError")
    #expect(m.world.flag(.streamIsInsecure, 0) && !m.isProtected(0) && m.sessionCount(of: 0) == 0)
    #expect(!m.finish(task).isComplete && !m.world.flag(.isBound, 0))
    #expect(m.disconnect(0).isComplete && m.connect(0).isComplete)
    #expect(m.goPrivate(0) == nil && m.evidence == .verified)
    #expect(m.troubles == [])
  }

  /// Each message that goes in a session, question and answer, damaged, repeated and dropped: keys, their start, the interface's requests of
  /// both classes, the session's end.
  @Test(arguments: [
    (Procedure.connect, "KEY_PROG", Step.streamProgramKey), (.connect, "K_SET_GO", .streamSetGo), (.bind, "LOCK", .response),
    (.relay, "REPORT", .response), (.relay, "START", .response), (.unbind, "STOP", .response), (.disconnect, "END_SESSION", .spdmDisconnect),
  ]) func everyMessageOfASession(procedure: Procedure, name: String, taking: Step) throws {
    for how in Tampering.allCases {
      let m = try built()
      if procedure != .connect { #expect(m.setUp() == nil) }
      if [.relay, .unbind].contains(procedure) { #expect(m.bind(0).isComplete) }
      if name == "REPORT" { #expect(m.enterGuest() && m.attempt(.validate(device: 0)).isAccepted && m.attempt(.askReport(device: 0)).isAccepted) }
      if name == "START" {
        #expect(m.attest(0).isTrusted && m.acceptMMIO(0) == nil && m.acceptDMA(0) && m.attempt(.askStart(device: 0)).isAccepted)
      }
      let task = try #require(m.begin(procedure))
      // To the carrying of a question, or to the call that takes the answer.
      let wanted: Step = how == .dropQuestion || "\(how)".hasSuffix("Question") && how != .reflectQuestion ? taking.carrier : taking
      var isThere = false
      for _ in 0..<200 where !isThere {
        let step = m.world.pendingStep(of: task, m.book)?.step
        let isOut = taking.carrier == .relay ? m.world[request: 0] != .none : m.world[exchange: 0] == name.exchange
        let isAnswered = taking.carrier == .relay ? m.world[answer: 0] != .none : m.world.flag(.exchangeIsAnswered, 0)
        isThere = step == wanted && isOut && isAnswered == (wanted == taking)
        if !isThere { guard m.attempt(.advance(task: task)).outcome.changesTheWorld else { break } }
      }
      #expect(isThere, "\(name) \(how)")
      let event = m.tamper(how, 0)
      #expect(event.outcome == .refused, "\(name) \(how): \(event)")
      _ = m.finish(task)
      #expect(m.troubles == [], "\(name) \(how)")
      // What was tampered with in a question ends session and stream.
      if wanted == taking.carrier, how != .dropQuestion, procedure != .disconnect {
        #expect(m.world.flag(.streamIsInsecure, 0) || m.world[stream: 0] == .absent)
      }
      #expect(m.world[interface: 0] != .run || wanted == taking || how == .dropQuestion, "\(name) \(how)")
    }
  }

  /// A machine whose module has asked for the report of its device, of 68 bytes: three portions of at most 32.
  private func asked(_ change: (inout MachineFile) -> Void = { _ in }) throws -> (machine: Machine, task: UInt8) {
    let m = try built(change)
    #expect(m.setUp() == nil && m.bind(0).isComplete && m.enterGuest())
    #expect(m.attempt(.validate(device: 0)).isAccepted && m.attempt(.askReport(device: 0)).isAccepted)
    return (m, try advance(m, .relay, to: .relay))
  }

  private func report(of m: Machine) -> [UInt8] {
    DeviceSecurityManager(m.hardware, m.module, locksMessages: false).report(of: 0, offset: m.module.reportingOffset).bytes
  }

  /// An answer that is no portion of this place is not taken, whichever portion it is; what is brought in the end is the report.
  @Test(arguments: [1, 2, 3], [Tampering.flipAnswer, .repeatAnswer, .dropAnswer, .reflectQuestion])
  func noPortionIsExchanged(number: Int, how: Tampering) throws {
    let (m, task) = try asked()
    let event = m.tamper(how, 0, at: .portion(number))
    #expect(event.outcome == .refused && event.code == (how == .dropAnswer ? "timeout" : "authentication"), "\(event)")
    #expect(event.argument("portion") == "\(number)" && event.argument("refused-by") == "firmware")
    #expect(m.tamper(how, 0, at: .portion(number)).outcome == .refused)
    if number > 1 { #expect(m.tamper(how, 0, at: .portion(number - 1)).argument("reason") == "portion \(number - 1) was carried") }
    #expect(m.finish(task).isComplete && m.enterGuest())
    let answer = m.attempt(.collect(device: 0))
    #expect(answer.bytes.count == 68 && answer.bytes == report(of: m))
    #expect(m.attempt(.checkEvidence(device: 0)).isAccepted && m.troubles == [])
  }

  /// A question that is damaged, or asked once more, ends the session and the lock, whichever portion it is for.
  @Test(arguments: [1, 2, 3], [Tampering.flipQuestion, .repeatQuestion]) func noPortionIsAskedForTwice(number: Int, how: Tampering) throws {
    let (m, task) = try asked()
    #expect(m.tamper(.dropQuestion, 0, at: .portion(number)).guardID == Guard.responseAnswered.id)
    #expect(m.tamper(how, 0, at: .portion(number)).code == "peerError")
    #expect(m.world[interface: 0] == .error && m.sessionCount(of: 0) == 0)
    _ = m.finish(task)
    #expect(m.module.reports[0] == nil && m.troubles == [])
  }

  /// As many portions as the module's room makes of it: the same report.
  @Test(arguments: [16, 32, 67, 68, 4096] as [UInt16]) func portionsMakeTheReport(portion: UInt16) throws {
    let (m, task) = try asked { $0.reportPortion = portion }
    let count = (68 + Int(portion) - 1) / Int(portion)
    #expect(m.tamper(.dropAnswer, 0, at: .portion(count + 1)).argument("reason") == "the report has no portion \(count + 1)")
    #expect(m.finish(task).isComplete && m.enterGuest())
    #expect(m.attempt(.collect(device: 0)).bytes == report(of: m) && m.troubles == [])
    #expect(m.tamper(.dropAnswer, 0, at: .portion(1)).argument("reason") == "nothing is out")
  }

  /// A mailbox in error carries nothing, and so nothing that somebody tampered with: whoever carries next finds the error.
  @Test func nothingIsTamperedWithInAMailboxInError() throws {
    let m = try built()
    #expect(m.setUp() == nil)
    let task = try advance(m, .bind, to: .relay)
    #expect(m.vmmWrites(.mailbox, 0).outcome == .ok)
    for how in Tampering.allCases { #expect(m.tamper(how, 0).argument("reason") == "the mailbox is in error, and carries nothing") }
    #expect(m.tamper(.flipQuestion, 0, at: .handshake(.keyExchange)).outcome == .ignored && m.isProtected(0))
    #expect(m.finish(task).failures.contains(.mailboxError))
    #expect(m.goPrivate(0) == nil && m.troubles == [] && m.audit() == [])
  }

  @Test func aMessageOfAHandshakeIsNotSoughtElsewhere() throws {
    let m = try built()
    #expect(m.setUp() == nil)
    _ = try advance(m, .bind, to: .relay)
    #expect(m.tamper(.flipQuestion, 0, at: .handshake(.version)).outcome == .ignored && m.isProtected(0))
    #expect(m.troubles == [])
  }

  @Test func nothingIsTamperedWithWhereNothingIsOut() throws {
    let m = try built()
    for how in Tampering.allCases { #expect(m.tamper(how, 0).outcome == .ignored) }
    #expect(m.troubles == [])
  }

  @Test(arguments: [false, true]) func aVMMsWritesAreKeptOrPassedOn(locksMessages: Bool) throws {
    var file = try MachineFile.builtIn()
    if locksMessages { try file.lockMessages() }
    let m = try Machine(file, try book())
    m.auditsEveryEvent = true
    #expect(m.setUp() == nil)
    m.keepsBound = true
    // The kernel may speak through the mailbox before there is a binding.
    #expect(m.vmmWrites(.mailbox, 0).code == "EBUSY" && m.goPrivate(0) == nil)
    for what in [Machine.VMMWrite.command, .messages, .interrupts, .mailbox] { #expect(m.vmmWrites(what, 0).code == "EBUSY") }
    #expect(m.act(.cycleBusMaster(device: 0)).code == "EBUSY" && m.act(.setInterrupts(device: 0)).code == "EBUSY")
    #expect(m.world[interface: 0] == .run)
    m.keepsBound = false
    // A table that is locked is taken from inside the trust domain alone; what the device does with a write that it rejects is nothing.
    #expect(m.vmmWrites(.messages, 0).guardID == (locksMessages ? Guard.tlpT0Unlocked.id : nil) && m.world[interface: 0] == .run)
    #expect(m.privateUse(0, payload(100)).isComplete)
    #expect(m.vmmWrites(.interrupts, 0).outcome == .ok && m.world[interface: 0] == (locksMessages ? .error : .run))
    if locksMessages { #expect(m.unbind(0).isComplete && m.goPrivate(0) == nil && m.world[interface: 0] == .run) }
    #expect(m.vmmWrites(.command, 0).outcome == .ok && m.world[interface: 0] == .error)
    #expect(m.unbind(0).isComplete && m.troubles == [] && m.audit() == [])
  }

  /// The kernel's next relay finds the error, whoever asked for it: nothing is lost of the session, and the message gets through when it is
  /// carried again. A STOP that nobody carries again leaves the interface as it is.
  @Test(arguments: [EvidenceSource.session, .handedOver]) func aSpoiltMailboxCostsOneRelay(evidence: EvidenceSource) throws {
    let m = try built(evidence: evidence)
    #expect(m.setUp() == nil && m.vmmWrites(.mailbox, 0).outcome == .ok)
    #expect(!m.run(.bind).isComplete && m.events.contains { $0.code == "EIO" })
    #expect(m.world[interface: 0] == .configUnlocked && m.world[bindingOwner: 0] == .none)
    #expect(m.goPrivate(0) == nil && m.isProtected(0) == (evidence == .session))
    #expect(m.vmmWrites(.mailbox, 0).outcome == .ok)
    // Without a message there is nothing to find it with.
    #expect(m.privateUse(0, payload(100)).isComplete && m.world[answer: 0] == .mailboxError)
    #expect(m.unbind(0).failures.contains(.removeStopped))
    #expect(m.world[bindingOwner: 0] == .vm && m.world[interface: 0] == .run && m.troubles == [] && m.audit() == [])
  }

  /// A table whose page nobody exported is reached all the same: the device has it open until it is locked.
  @Test func aHiddenTableIsTheDevicesToJudge() throws {
    let m = try built { file in
      file.devices[0].pages = file.devices[0].pages.filter(\.isTEE)
      file.parameters.nonTEEPages = 0
    }
    #expect(m.setUp() == nil)
    #expect(m.vmmWrites(.messages, 0).outcome == .ok)
    #expect(m.goPrivate(0) == nil)
    let event = m.vmmWrites(.messages, 0)
    #expect(event.outcome == .fault && event.guardID == Guard.tlpT0Unlocked.id && m.world[interface: 0] == .run)
    #expect(m.troubles == [])
  }

  /// The device that is served on TCP from a machine's file says the same of itself as the machine's own, byte for byte.
  @Test(arguments: [false, true]) func whatIsServedIsTheMachines(locksMessages: Bool) throws {
    var file = try MachineFile.builtIn()
    if locksMessages { try file.lockMessages() }
    let m = try Machine(file, try book())
    #expect(m.setUp() == nil && m.goPrivate(0) == nil)
    let served = try Machine(file, try book()).served(0)
    #expect(try #require(m.module.sessions[0].proof).measurements.blocks == served.measurements)
    let report = served.functions[0].interfaceReport(offset: m.module.reportingOffset, locksMessages: locksMessages)
    #expect(try #require(m.module.reports[0]) == #require(report).bytes)
    let bytes = (0..<4096).map { served.functions[0].registers.space.byte($0) }
    var other = try Machine(file, try book())
    _ = other.open(0)
    let opened = other.served(0).functions[0].registers
    #expect(bytes.indices.filter { bytes[$0] != opened.space.byte($0) }.allSatisfy { $0 == 4 })
    // What is handed over in the process is the same report, too.
    other = try Machine(file, try book(), evidence: .handedOver)
    #expect(other.setUp() == nil && other.goPrivate(0) == nil && other.module.reportingOffset == m.module.reportingOffset)
    #expect(other.module.reports[0] == m.module.reports[0])
  }

  /// Anything may happen to the function between two messages: what the device made of it alone is what the rules made of it.
  @Test(arguments: [Step.busMasterOff, .memoryOff, .resetBegin, .powerD3Hot, .spdmRelay]) func theDeviceFindsOutByItself(step: Step) throws {
    let m = try built()
    #expect(m.setUp() == nil && m.goPrivate(0) == nil)
    m.attempt(.call(step, device: 0, page: 0))
    #expect((m.world[interface: 0] == .error) == (step != .spdmRelay))
    #expect(m.unbind(0).isComplete)
    #expect(m.troubles == [] && m.world[interface: 0] == .configUnlocked)
  }
}

extension Step {
  /// What carries the messages of the call that takes their answers.
  fileprivate var carrier: Step { self == .response ? .relay : .spdmRelay }
}

extension String {
  /// What is out while a message of this name is.
  fileprivate var exchange: SPDMExchange { ["KEY_PROG": .key, "K_SET_GO": .go, "END_SESSION": .end][self] ?? .none }
}
