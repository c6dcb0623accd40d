import Testing

import SPDM

@Suite struct Retrieval {
  @Test func retries() {
    func retry(_ exponent: UInt8, _ request: UInt8) -> Retry? {
      Retry(ErrorResponse(.notReady(.init(exponent: exponent, request: request, token: 7, multiple: 1))), request: .challenge)
    }
    #expect(Retry(ErrorResponse(.busy), request: .challenge) == .again)
    #expect(retry(10, 0x83) == .later(microseconds: 1024, RespondIfReady(request: 0x83, token: 7)))
    #expect(retry(10, 0x81) == nil && retry(25, 0x83) == nil && retry(255, 0x83) == nil)
    #expect(Retry(ErrorResponse(.invalidRequest), request: .challenge) == nil)
  }

  /// A chain in portions, and what a peer can do to it.
  @Test func portions() async throws {
    let party = try await Party(suite: .p384, version: .v12, handshake: .clear)
    let made = try Chains.make()
    let blob = try #require(UnverifiedChain.blob(root: made.root, certificates: [made.root, made.issuer, made.leaf], hash: .sha384))
    let told = DigestValue(hashing: blob, .sha384)
    func answer(_ request: [UInt8], digest: DigestValue) throws -> [UInt8] {
      let form = MessageForm(version: .v12, algorithms: .p384)
      guard let question = try? GetCertificate(request, form: form) else { return Digests([.first: digest]).bytes(version: .v12) }
      let end = min(blob.count, Int(question.offset) + Int(question.length))
      let portion = try Payload(blob[Int(question.offset)..<end])
      return CertificateResponse(slot: .first, portion: portion, remainder: UInt16(blob.count - end)).bytes(version: .v12)
    }
    var retrieval = ChainRetrieval(party.connections.requester, slot: .first, portion: 500)
    var exchanges = 0
    while let request = retrieval.request {
      let before = retrieval.transcript.digest
      #expect(throws: Refusal.peer(ErrorResponse(.busy))) { try retrieval.take(ErrorResponse(.busy).bytes(version: .v12)) }
      #expect(retrieval.transcript.digest == before && retrieval.request == request)
      try retrieval.take(try answer(request, digest: told))
      exchanges += 1
    }
    #expect(exchanges == 1 + (blob.count + 499) / 500)
    #expect(try retrieval.state == .done(made.chain()))

    var other = ChainRetrieval(party.connections.requester, slot: .first)
    try other.take(try answer(try #require(other.request), digest: try Samples.digest(.p384, 1)))
    let request = try #require(other.request)
    #expect(throws: Refusal.evidence(EvidenceError(.chainDigest, "the chain is not the one of DIGESTS"))) {
      try other.take(try answer(request, digest: told))
    }
    var empty = ChainRetrieval(party.connections.requester, slot: try #require(CertificateSlot(4)))
    #expect(throws: Refusal.self) { try empty.take(Digests([.first: told]).bytes(version: .v12)) }
  }

  /// The recorded negotiation, retrieval and challenge, played to the requester's side.
  @Test(.enabled(if: Record.isThere)) func recorded() async throws {
    let offer = try NegotiateAlgorithms(try Record.message(11), form: Record.form)
    let body = try GetCapabilities(try Record.message(9), form: Record.form).body
    var negotiation = RequesterNegotiation(capabilities: body, offer: offer)
    for number in stride(from: 7, to: 13, by: 2) {
      #expect(try negotiation.request == Record.message(number))
      // The record's responder also chose an algorithm for mutual authentication, which its requester had offered.
      try negotiation.take(try Record.payload(number + 1))
    }
    guard case .done(let connection) = negotiation.state else { throw Samples.Missing() }
    #expect(try connection.negotiation == Record.negotiated())
    #expect(connection.handshake == .clear && connection.hasSessions)
    var retrieval = ChainRetrieval(connection, slot: .first)
    for number in [13, 15] {
      #expect(try retrieval.request == Record.message(number))
      try retrieval.take(try Record.payload(number + 1))
    }
    #expect(try retrieval.state == .done(Record.chain(16)))
    // The record goes on with another slot's certificates, which are signed as well.
    var transcript = retrieval.transcript
    for number in [17, 18] { transcript.append(try Record.message(number)) }
    _ = try Verified<ChallengeAuth>(
      request: Record.message(19), response: Record.message(20), transcript: transcript, chain: await RecordedTranscripts.verified(16))
  }
}
