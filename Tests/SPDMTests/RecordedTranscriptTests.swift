import Foundation
import Testing

import SPDM

/// Every transcript hash of the recorded session and every signature, with the leaf's key out of the verified chain.
@Suite(.enabled(if: Record.isThere)) struct RecordedTranscripts {
  /// The day of the record's certificates and after.
  static let day = Date(timeIntervalSince1970: 1_795_219_428)

  static func verified(_ number: Int) async throws -> VerifiedChain {
    let chain = try Record.chain(number)
    return try await VerifiedChain(chain, root: chain.certificates[0], at: day, suite: .p384)
  }

  @Test(arguments: [16, 18]) func chains(number: Int) async throws {
    let chain = try await Self.verified(number)
    #expect(chain.unverified.certificates.count == 3)
    let digests = try Digests(try Record.message(14), form: Record.form)
    #expect(digests[number == 16 ? .first : CertificateSlot(1) ?? .first] == chain.digest)
    #expect(digests[CertificateSlot(2) ?? .first] == nil)
    #expect(chain.identity.device == "ACME:WIDGET:1234567890" && chain.identity.isHardwareIdentity)
  }

  @Test func challenge() async throws {
    let chain = try await Self.verified(16)
    var transcript = Transcript.challenge(try Record.negotiated(), version: .v12, suite: .p384)
    for number in 13..<19 { transcript.append(try Record.message(number)) }
    let (request, response) = (try Record.message(19), try Record.message(20))
    let answer = try Verified<ChallengeAuth>(
      request: request, response: response, transcript: transcript, chain: chain)
    #expect(try Record.values("nonce (0x20)")[0] == answer.message.nonce.bytes)
    transcript.append(request)
    transcript.append(response.dropLast(96))
    #expect(try Record.values("m1m2 hash") == [transcript.digest.bytes])
  }

  @Test func measurements() async throws {
    let chain = try await Self.verified(24)
    var transcript = Transcript.measurements(try Record.negotiated(), version: .v12, suite: .p384)
    let (request, response) = (try Record.message(27), try Record.message(28))
    let answer = try Verified<Measurements>(
      request: request, response: response, transcript: transcript, chain: chain)
    #expect(answer.message.blocks.count == 8)
    transcript.append(request)
    transcript.append(response.dropLast(96))
    #expect(try Record.values("l1l2 hash") == [transcript.digest.bytes])
  }

  /// The session of each slot: what was signed, TH1, both proofs, TH2.
  @Test(arguments: [0, 1]) func session(index: Int) async throws {
    let chain = try await Self.verified(index == 0 ? 16 : 18)
    let first = index == 0 ? 29 : 149
    let messages = try (first..<first + 4).map { try Record.message($0) }
    var transcript = SessionTranscript(try Record.negotiated(), chain: chain.digest, version: .v12, suite: .p384)
    var unsigned = transcript
    let signed = unsigned.exchange(request: messages[0], unsignedResponse: messages[1].dropLast(96))
    #expect(try Record.values("th_curr hash")[index] == signed.digest.bytes)
    _ = try Verified<KeyExchangeResponse>(
      request: messages[0], response: messages[1], handshake: .clear, transcript: &transcript, chain: chain)
    // A session with a pre-shared key came between the two.
    #expect(try Record.values("th1 hash")[2 * index] == transcript.digest.bytes)
    let secrets = HandshakeSecrets(agreed: Secret(bytes: try Record.values("[DHE Secret]")[index]), th1: transcript.digest, version: .v12)

    let codes = try Record.values("th_curr hmac")
    transcript.append(messages[2].prefix(4))
    #expect(secrets.requesterFinished.verifyData(over: transcript.digest).bytes == codes[index == 0 ? 0 : 4])
    let finish = try Finish(messages[2], form: Record.form)
    #expect(secrets.requesterFinished.accepts(finish.verifyData, over: transcript.digest))
    #expect(!secrets.responderFinished.accepts(finish.verifyData, over: transcript.digest))
    transcript.append(messages[2].dropFirst(4))
    transcript.append(messages[3].prefix(4))
    #expect(secrets.responderFinished.verifyData(over: transcript.digest).bytes == codes[index == 0 ? 1 : 5])
    let proof = try #require(try FinishResponse(messages[3], form: Record.form).verifyData)
    #expect(secrets.responderFinished.accepts(proof, over: transcript.digest))
    transcript.append(messages[3].dropFirst(4))
    #expect(try Record.values("th2 hash")[2 * index] == transcript.digest.bytes)
  }
}
