import Primitives
import Testing

import SPDM

/// The whole flow over a mailbox: what each side asks and answers, and what becomes of a side that does something wrong.
@Suite struct Responders {
  @Test(arguments: Conversations.settings) func flow(setting: Conversations.Setting) async throws {
    let mailbox = try Identities.loopback(setting.suite) {
      $0.versions = [setting.version]
      $0.heartbeat = 5
      if setting.handshake == .encrypted { $0.capabilities.flags.remove(.handshakeInClear) }
    }
    var requester = Requester(mailbox)
    #expect(try requester.discover().map(\.type) == [0, 1, 2])
    #expect(try requester.negotiate().handshake == setting.handshake)
    let chain = try await Identities.verified(try requester.chain(portion: 333), setting.suite)
    #expect(chain.identity.device == "Cofferdam:test:0001" && chain.identity.isHardwareIdentity)
    let auth = try requester.challenge(chain)
    #expect(auth.message.summary == mailbox.device.summary(.all, setting.suite.hash))
    #expect(try requester.measurementCount() == 3)
    #expect(try requester.measurements(chain).message.blocks == mailbox.device.measurements)
    #expect(try requester.measurements(chain, .index(9)).message.blocks.map(\.index) == [9])
    #expect(throws: Refusal.peer(ErrorResponse(.invalidRequest))) { try requester.measurements(chain, .index(5)) }

    try requester.open(chain)
    #expect(requester.heartbeat == 5)
    #expect(try requester.measurementCount() == 3)
    #expect(try requester.measurements(chain).message.blocks.count == 3)
    let question = try VendorPayload.pci(protocol: 1, [1, 2, 3])
    #expect(try requester.ask(question) == question)
    try requester.beat()
    for operation in [KeyUpdate.Operation.own, .both] {
      try requester.updateKeys(operation, tag: 3)
      #expect(try requester.ask(question) == question)
    }
    // Nobody else's vendor.
    let other = VendorPayload(registry: 2, vendor: [], payload: try Payload([]))
    #expect(throws: Refusal.peer(ErrorResponse(.unsupportedRequest, data: 0xFE))) { try requester.ask(other) }
    let name = try #require(mailbox.responder.sessionNames.first)
    #expect(name.connection == 7 && mailbox.device.questions.allSatisfy { $0 == name })
    try requester.end()
    #expect(requester.session == nil && mailbox.device.ended == [name] && mailbox.responder.sessionNames.isEmpty)
    // The same connection again, and a session beside it that GET_VERSION takes away.
    try requester.open(chain)
    try requester.negotiate()
    #expect(mailbox.device.ended.count == 2)
  }

  @Test func severalSessions() async throws {
    let mailbox = try Identities.loopback(.p256)
    var requester = Requester(mailbox)
    try requester.negotiate()
    let chain = try await Identities.verified(try requester.chain(), .p256)
    var sessions: [Session] = []
    for _ in 0..<Responder.sessionLimit {
      try requester.open(chain)
      sessions.append(try #require(requester.session))
    }
    #expect(throws: Refusal.peer(ErrorResponse(.sessionLimitExceeded))) { try requester.open(chain) }
    #expect(Set(mailbox.responder.sessionNames).count == Responder.sessionLimit)
    requester.session = sessions[1]
    try requester.end()
    try requester.open(chain)
    #expect(mailbox.responder.sessionNames.count == Responder.sessionLimit)
  }

  @Test func putOff() async throws {
    let busy = try Identities.loopback(.p256) { $0.misconduct.busyAnswers = 2 }
    var requester = Requester(busy)
    try requester.negotiate()
    let chain = try await Identities.verified(try requester.chain(), .p256)
    _ = try requester.challenge(chain)
    try requester.open(chain)
    #expect(try requester.measurements(chain).message.blocks.count == 3)
    #expect(busy.pauses > 10)
    requester.patience = 1
    #expect(throws: Refusal.transport(TransportError(.busy, "heartbeat was put off 2 times"))) { try requester.beat() }

    let late = try Identities.loopback(.p256) { $0.misconduct.isNeverReady = true }
    requester = Requester(late)
    try requester.negotiate()
    let other = try await Identities.verified(try requester.chain(), .p256)
    _ = try requester.challenge(other)
    try requester.open(other)
    #expect(try requester.measurements(other).message.blocks.count == 3)
    #expect(late.pauses == 3)
    // Nobody is made to wait longer than he said, in all.
    requester.longestPause = 1000
    let reason = "getMeasurements was put off for 1024 us more, of at most 1000 in all"
    #expect(throws: Refusal.transport(TransportError(.busy, reason))) { try requester.measurements(other) }
    #expect(late.pauses == 3)
  }

  @Test func misconduct() async throws {
    func refusal(_ change: (inout Misconduct) -> Void, _ flow: (inout Requester<Loopback>, VerifiedChain) throws -> Void) async throws -> String? {
      let mailbox = try Identities.loopback(.p256) { change(&$0.misconduct) }
      var requester = Requester(mailbox)
      do {
        try requester.negotiate()
        try flow(&requester, try await Identities.verified(try requester.chain(), .p256))
        return nil
      } catch let error as Refusal { return error.code }
    }
    for flow in [{ _ = try $0.challenge($1) }, { _ = try $0.measurements($1) }, { try $0.open($1) }]
      as [(inout Requester<Loopback>, VerifiedChain) throws -> Void]
    {
      #expect(try await refusal({ _ in }, flow) == nil)
      #expect(try await refusal({ $0.hasBadSignatures = true }, flow) == "signature")
    }
    #expect(try await refusal({ $0.answersOtherNonces = true }) { _ = try $0.challenge($1) } == "signature")
    #expect(try await refusal({ $0.answersOtherNonces = true }) { _ = try $0.measurements($1) } == "signature")
    // From 1.3 on the requester's own context comes back with the old answer, and is another one.
    #expect(
      try await refusal({ $0.repeatsMeasurements = true }) { requester, chain in
        _ = try requester.measurements(chain)
        _ = try requester.measurements(chain)
      } == "answer")
    #expect(try await refusal({ $0.cutsPortions = true }) { _, _ in } == "cut")
    #expect(try await refusal({ $0.errorAt = 4 }) { _, _ in } == "peerError")
    #expect(
      try await refusal({ $0.forgetsSessionAt = 2 }) { requester, chain in
        try requester.open(chain)
        try requester.beat()
        try requester.beat()
      } == "peerError")
  }

  /// Out of turn, not spoken, or about what is not there: an ERROR that says so, and nothing else changes.
  @Test func refusals() async throws {
    let mailbox = try Identities.loopback(.p256)
    func answer(_ request: [UInt8], _ kind: DOEObject.Kind = .spdm) throws -> ErrorResponse.Reason {
      let object = try mailbox.exchange(DOEObject(kind, request))
      return try ErrorResponse.read(padded: object.payload, form: MessageForm(version: try MessageHeader(of: object.payload).version)).message.reason
    }
    #expect(try answer(GetDigests().bytes(version: .v12)) == .unexpectedRequest)
    #expect(try answer([1]) == .versionMismatch)
    #expect(try answer([0x12, 0x84, 0]) == .versionMismatch)
    #expect(try answer([0, 0, 0, 0, 0, 0, 0, 0], .securedSPDM) == .unexpectedRequest)
    var requester = Requester(mailbox)
    try requester.negotiate()
    let version = SPDMVersion.v13
    #expect(try answer(Heartbeat().bytes(version: version)) == .sessionRequired)
    #expect(try answer(EndSession().bytes(version: version)) == .sessionRequired)
    #expect(try answer(GetDigests().bytes(version: .v12)) == .versionMismatch)
    #expect(try answer(GetCertificate(slot: try #require(CertificateSlot(1))).bytes(version: version)) == .invalidRequest)
    #expect(try answer(GetCertificate(slot: .first, offset: 0xFFFF).bytes(version: version)) == .invalidRequest)
    #expect(try answer([0, 0, 1, 0, 0, 0, 0, 0], .securedSPDM) == .decryptError)
    // Pre-shared keys, mutual authentication, chunks, certificates from outside.
    for code in [0xE6, 0xEA, 0x85, 0x86, 0xED] as [UInt8] {
      let object = try mailbox.exchange(DOEObject(.spdm, [0x13, code, 0, 0]))
      #expect(
        try ErrorResponse.read(padded: object.payload, form: MessageForm(version: .v13)).message == ErrorResponse(.unsupportedRequest, data: code))
    }
    #expect(throws: TransportError.self) { try mailbox.exchange(DOEObject(.discovery, [9, 0, 0, 0])) }
  }

  /// Records that are changed, repeated or left out end the session, and the device is told.
  @Test func records() async throws {
    for tamper in 0..<3 {
      let mailbox = try Identities.loopback(.p256)
      var requester = Requester(mailbox)
      try requester.negotiate()
      try requester.open(try await Identities.verified(try requester.chain(), .p256))
      try requester.beat()
      var last = try #require(mailbox.sent.last)
      if tamper == 0 { last.payload[last.payload.count - 1] ^= 1 }
      if tamper == 1 { _ = try requester.session?.seal([1, 2, 3]) }
      if tamper == 2 { last.payload[7] ^= 1 }
      if tamper == 1 {
        #expect(throws: Refusal.peer(ErrorResponse(.decryptError))) { try requester.beat() }
      } else {
        #expect(try mailbox.exchange(last).kind == .spdm)
      }
      #expect(mailbox.device.ended.count == 1)
      #expect(throws: Refusal.self) { try requester.beat() }
    }
  }

  /// Silence for two heartbeats ends a session.
  @Test func silence() async throws {
    let mailbox = try Identities.loopback(.p256) { $0.heartbeat = 2 }
    var requester = Requester(mailbox)
    try requester.negotiate()
    try requester.open(try await Identities.verified(try requester.chain(), .p256))
    mailbox.now = 4000
    try requester.beat()
    mailbox.now = 8001
    #expect(throws: Refusal.peer(ErrorResponse(.decryptError))) { try requester.beat() }
    #expect(mailbox.device.ended.count == 1)
  }

  /// Whatever comes, an answer comes and nothing traps; a session survives only what its keys opened.
  @Test(arguments: 20..<24) func damagedRequests(seed: Int) async throws {
    var random = SeededRandom(seed: UInt64(seed))
    let mailbox = try Identities.loopback(.p256)
    var requester = Requester(mailbox)
    try requester.negotiate()
    let chain = try await Identities.verified(try requester.chain(), .p256)
    _ = try requester.challenge(chain)
    _ = try requester.measurements(chain)
    try requester.open(chain)
    try requester.beat()
    let seen = mailbox.sent
    for _ in 0..<400 {
      let object = seen[Int.random(in: 0..<seen.count, using: &random)]
      let kind = Bool.random(using: &random) ? object.kind : DOEObject.Kind.allCases[Int.random(in: 0..<3, using: &random)]
      _ = mailbox.responder.answer(DOEObject(kind, MessageFuzzing.damaged(object.payload, &random)), at: 0, device: &mailbox.device)
      #expect(mailbox.responder.sessionNames.count <= Responder.sessionLimit)
    }
    // And the other way round.
    for _ in 0..<60 {
      let fresh = try Identities.loopback(.p256)
      var left = Int.random(in: 1...8, using: &random)
      var dice = random
      fresh.alter = { object in
        left -= 1
        return left == 0 ? DOEObject(object.kind, MessageFuzzing.damaged(object.payload, &dice)) : object
      }
      var other = Requester(fresh)
      other.patience = 2
      do {
        try other.negotiate()
        let unverified = try other.chain()
        guard unverified == chain.unverified else { continue }
        _ = try other.measurements(chain)
        try other.open(chain)
      } catch { _ = error.code }
      _ = Int.random(in: 0...9, using: &random)
    }
  }
}
