import Primitives
import Testing

import SPDM

/// Requester against responder: negotiation, handshake, records, change of keys, and what a relay in between can do.
@Suite struct Conversations {
  struct Setting: Sendable, CustomStringConvertible {
    let suite: AlgorithmSuite
    let version: SPDMVersion
    let handshake: MessageForm.Handshake
    var description: String { "\(suite.signature) \(version.text) \(handshake)" }
    func party() async throws -> Party { try await Party(suite: suite, version: version, handshake: handshake) }
  }

  static let settings: [Setting] = [AlgorithmSuite.p384, .p256].flatMap { suite in
    [SPDMVersion.v12, .v13].flatMap { version in
      [MessageForm.Handshake.clear, .encrypted].map { Setting(suite: suite, version: version, handshake: $0) }
    }
  }

  @Test(arguments: settings) func sessions(setting: Setting) async throws {
    let party = try await setting.party()
    #expect(party.connections.requester.negotiation == party.connections.responder.negotiation)
    #expect(party.connections.requester.handshake == setting.handshake)
    var (ours, theirs) = try party.sessions()
    #expect(ours.id == SessionID(requester: 0x1111, responder: 0x2222) && theirs.id == ours.id)
    #expect(ours.exporter == theirs.exporter)
    for i in 0..<3 as Range<UInt8> {
      #expect(try theirs.open(try ours.seal([i])) == [i])
      #expect(try ours.open(try theirs.seal([i, i])) == [i, i])
    }
    // A record does not come back to whom it came from.
    let record = try ours.seal([9])
    #expect(throws: RecordError.self) { try ours.open(record) }
  }

  @Test(arguments: [KeyUpdate.Operation.own, .both]) func newKeys(operation: KeyUpdate.Operation) async throws {
    let party = try await Party(suite: .p384, version: .v12, handshake: .clear)
    var (ours, theirs) = try party.sessions()
    let form = MessageForm(version: .v12)
    for round in 0..<3 as Range<UInt8> {
      let old = (try ours.seal([1]), try theirs.seal([2]))
      #expect(try theirs.open(old.0) == [1] && ours.open(old.1) == [2])
      #expect(throws: RecordError.self) {
        var copy = ours; return try copy.ask(.verify, tag: 0)
      }
      let question = try KeyUpdate(try theirs.open(try ours.ask(operation, tag: round)), form: form)
      #expect(question == KeyUpdate(operation, tag: round))
      #expect(throws: RecordError.self) {
        var copy = ours; return try copy.ask(operation, tag: 0)
      }
      #expect(throws: RecordError.self) {
        var copy = theirs; return try copy.answer(KeyUpdate(.verify, tag: 0))
      }
      let proof = try ours.prove(try theirs.answer(question))
      let verify = try KeyUpdate(try theirs.open(proof), form: form)
      #expect(verify.operation == .verify && theirs.update != .none)
      #expect(throws: RecordError.self) {
        var copy = theirs; return try copy.answer(question)
      }
      try ours.proved(try theirs.answer(verify))
      #expect(ours.update == .none && theirs.update == .none)
      #expect(try theirs.open(try ours.seal([3])) == [3])
      #expect(try ours.open(try theirs.seal([4])) == [4])
      #expect(throws: RecordError.self) { try theirs.open(old.0) }
    }
  }

  /// One flipped bit in any message of the handshake: whoever gets it, or the next message, is refused.
  @Test(arguments: settings.filter { $0.suite == .p256 }) func relay(setting: Setting) async throws {
    let party = try await setting.party()
    let offer = try party.offer()
    let request = offer.request
    let answer = try party.answer(request)
    let handshake = try offer.take(answer.response)
    let (response, _) = try answer.take(handshake.request)
    for bit in stride(from: 0, to: 8 * handshake.request.count, by: 3) {
      // Reserved parameters of FINISH are in the transcript, so they are noticed as well.
      #expect(throws: Refusal.self, "FINISH bit \(bit)") { _ = try answer.take(Signatures.flip(handshake.request, bit)) }
    }
    for bit in stride(from: 0, to: 8 * response.count, by: 3) {
      #expect(throws: Refusal.self, "FINISH_RSP bit \(bit)") { _ = try handshake.take(Signatures.flip(response, bit)) }
    }
    for bit in stride(from: 0, to: 8 * request.count, by: 11) {
      // What the responder signs is not what the requester sent.
      let offer = try party.offer()
      guard let answer = try? party.answer(Signatures.flip(offer.request, bit)) else { continue }
      let isRefused = Self.isRefused(offer, answer.response)
      #expect(isRefused, "KEY_EXCHANGE bit \(bit)")
    }
    for bit in stride(from: 0, to: 8 * answer.response.count, by: 11) {
      let offer = try party.offer()
      let answer = try party.answer(offer.request)
      let isRefused = Self.isRefused(offer, Signatures.flip(answer.response, bit))
      #expect(isRefused, "KEY_EXCHANGE_RSP bit \(bit)")
    }
  }

  static func isRefused(_ offer: consuming SessionOffer, _ response: [UInt8]) -> Bool {
    do {
      _ = try offer.take(response)
      return false
    } catch { return true }
  }

  /// A relay that takes the better version or the better algorithms away is found out by the first signature.
  @Test(arguments: [false, true]) func downgrade(ofVersion: Bool) async throws {
    let party = try await Party(suite: .p256, version: .v12, handshake: .clear)
    let body = Party.body(Party.flags)
    var requester = RequesterNegotiation(capabilities: body)
    var responder = ResponderNegotiation(capabilities: body, suites: ofVersion ? [.p256] : [.p384, .p256])
    let versions = responder.answer(try #require(requester.request))
    try requester.take(ofVersion ? Version([.init(.v12)]).bytes(version: .v10) : versions)
    try requester.take(responder.answer(try #require(requester.request)))
    let weaker = NegotiateAlgorithms(
      signatures: SignatureAlgorithm.ecdsaP256.rawValue, hashes: HashAlgorithm.sha256.rawValue,
      tables: [AlgorithmTable(.exchange, 8), AlgorithmTable(.cipher, 2), AlgorithmTable(.keySchedule, 1)])
    try requester.take(responder.answer(ofVersion ? try #require(requester.request) : weaker.bytes(version: .v13)))
    guard case .done(let ours) = requester.state, case .done(let theirs) = responder.state else { throw Samples.Missing() }
    #expect(ours.suite == .p256 && theirs.suite == .p256 && ours.version == theirs.version && ours.version == (ofVersion ? .v12 : .v13))
    let offer = try SessionOffer(ours, chain: party.chain, slot: .first, session: 1, random: Samples.nonce(1))
    let summary = try Samples.digest(.p256, 2)
    let answer = try SessionAnswer(theirs, to: offer.request, chain: party.chain.digest, key: party.key, session: 2, random: Samples.nonce(3)) {
      _ in summary
    }
    let code = Self.refusal(offer, answer.response)
    #expect(code == .signature)
  }

  static func refusal(_ offer: consuming SessionOffer, _ response: [UInt8]) -> EvidenceError.Code? {
    do {
      _ = try offer.take(response)
      return nil
    } catch {
      if case .evidence(let reason) = error { return reason.code }
      return nil
    }
  }

  /// Nothing that comes in the wrong order or damaged stops either side.
  @Test(arguments: 0..<4) func damagedNegotiation(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let body = Party.body(Party.flags)
    var responder = ResponderNegotiation(capabilities: body)
    var requester = RequesterNegotiation(capabilities: body)
    let requests = [
      GetVersion().bytes(version: .v10), GetCapabilities(body).bytes(version: .v12), NegotiateAlgorithms.everything.bytes(version: .v12),
    ]
    var settled = 0
    for _ in 0..<1000 {
      let request = requests[Int.random(in: 0..<3, using: &random)]
      let isDamaged = Bool.random(using: &random)
      let answer = responder.answer(isDamaged ? MessageFuzzing.damaged(request, &random) : request)
      #expect(answer.count >= 4)
      if case .done = responder.state { settled += 1 }
      try? requester.take(MessageFuzzing.damaged(answer, &random))
      if requester.request == nil { requester = RequesterNegotiation(capabilities: body) }
    }
    #expect(settled > 10)
  }

  @Test func negotiationRefuses() throws {
    let body = Party.body(Party.flags)
    var requester = RequesterNegotiation(capabilities: body)
    let busy = ErrorResponse(.busy)
    #expect(throws: Refusal.peer(busy)) { try requester.take(busy.bytes(version: .v10)) }
    // BUSY changes nothing: the same question can be asked again.
    #expect(requester.request == GetVersion().bytes(version: .v10))
    #expect(throws: Refusal.self) { try requester.take(Version([.init(.v11), .init(rawValue: 0x1201)]).bytes(version: .v10)) }
    try requester.take(Version([.init(.v12), .init(.v13)]).bytes(version: .v10))
    guard case .capabilities(.v13) = requester.state else { throw Samples.Missing() }
    #expect(throws: Refusal.self) { try requester.take(Capabilities(body).bytes(version: .v12)) }
    try requester.take(Capabilities(body).bytes(version: .v13))
    func algorithms(_ signature: UInt32, _ tables: [AlgorithmTable]) -> [UInt8] {
      Algorithms(measurementHash: 4, signature: signature, hash: 2, tables: tables).bytes(version: .v13)
    }
    #expect(throws: Refusal.self) { try requester.take(algorithms(0x100, [])) }
    #expect(throws: Refusal.self) { try requester.take(algorithms(0x80, [AlgorithmTable(.requesterSignature, 1)])) }
    try requester.take(algorithms(0x80, []))
    guard case .done(let connection) = requester.state else { throw Samples.Missing() }
    #expect(!connection.hasSessions && requester.request == nil)
    #expect(throws: Refusal.self) { try requester.take(busy.bytes(version: .v13)) }
  }

  @Test func responderRefuses() throws {
    let body = Party.body(Party.flags)
    var responder = ResponderNegotiation(capabilities: body)
    func error(_ request: [UInt8]) throws -> ErrorResponse {
      let answer = responder.answer(request)
      return try ErrorResponse(answer, form: MessageForm(version: try MessageHeader(of: answer).version))
    }
    #expect(try error(GetCapabilities(body).bytes(version: .v12)).reason == .unexpectedRequest)
    #expect(try error([]).reason == .invalidRequest)
    #expect(try error([0x12, 0xE6, 0, 0]) == ErrorResponse(.unsupportedRequest, data: 0xE6))
    _ = responder.answer(GetVersion().bytes(version: .v10))
    #expect(try error(GetCapabilities(Party.body([])).bytes(version: .v11)).reason == .versionMismatch)
    #expect(try error(NegotiateAlgorithms.everything.bytes(version: .v12)).reason == .unexpectedRequest)
    _ = responder.answer(GetCapabilities(body).bytes(version: .v12))
    #expect(try error(NegotiateAlgorithms.everything.bytes(version: .v13)).reason == .versionMismatch)
    #expect(try error(NegotiateAlgorithms(signatures: 1, hashes: 2, tables: []).bytes(version: .v12)).reason == .invalidRequest)
    // From anywhere one can begin again.
    #expect(try Version(responder.answer(GetVersion().bytes(version: .v10)), form: MessageForm(version: .v10)).best == .v13)
  }
}
