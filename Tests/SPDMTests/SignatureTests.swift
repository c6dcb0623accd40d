import Crypto
import Testing

import SPDM

/// Signatures of one's own keys, in the versions and with both suites: they hold, and no bit of what is signed can change.
@Suite struct Signatures {
  struct Signer: Sendable, CustomStringConvertible {
    let version: SPDMVersion
    let suite: AlgorithmSuite
    let key: SigningKey
    var description: String { "\(version.text) \(suite.signature)" }
  }

  static let signers: [Signer] = [SPDMVersion.v11, .v12, .v13].flatMap { version in
    [
      Signer(version: version, suite: .p384, key: .p384(P384.Signing.PrivateKey())),
      Signer(version: version, suite: .p256, key: .p256(P256.Signing.PrivateKey())),
      // A curve and a hash that are not of one size belong together as little as they are kept apart.
      Signer(
        version: version, suite: AlgorithmSuite(hash: .sha256, signature: .ecdsaP384, exchange: .secp256r1, cipher: .aes256GCM),
        key: .p384(P384.Signing.PrivateKey())),
    ]
  }

  @Test(arguments: signers) func oneBitOfMeasurements(signer: Signer) throws {
    let context = signer.version >= .v13 ? RequesterContext(Samples.random(8, 1)) : nil
    let request = GetMeasurements(.all, proof: .init(nonce: Samples.nonce(2), slot: .first), context: context).bytes(version: signer.version)
    let block = try #require(MeasurementBlock(index: 1, content: .value(kind: 1, isRaw: false, bytes: Samples.random(32, 3))))
    var negotiation = NegotiationTranscript()
    negotiation.append(Samples.random(40, 4))
    let zero = try #require(SignatureValue([UInt8](repeating: 0, count: signer.suite.signature.byteCount), signer.suite.signature))
    var answer = Measurements(blocks: [block], nonce: Samples.nonce(5), context: context, signature: zero)
    let transcript = Transcript.measurements(negotiation, version: signer.version, suite: signer.suite)
    var signed = transcript
    signed.append(request)
    signed.append(answer.bytes(version: signer.version).dropLast(zero.bytes.count))
    answer.signature = try signer.key.signature(of: signed, as: .measurements)
    let response = answer.bytes(version: signer.version)
    let key = signer.key.publicKey
    func holds(_ request: [UInt8], _ response: [UInt8], _ transcript: Transcript) -> Bool {
      (try? Verified<Measurements>(request: request, response: response, transcript: transcript, key: key)) != nil
    }
    #expect(holds(request, response, transcript))
    for bit in 0..<8 * request.count { #expect(!holds(Self.flip(request, bit), response, transcript), "bit \(bit) of the request") }
    for bit in 0..<8 * response.count { #expect(!holds(request, Self.flip(response, bit), transcript), "bit \(bit) of the response") }
    // What was negotiated is signed from 1.2 on, and not before.
    var other = NegotiationTranscript()
    other.append(Self.flip(negotiation.bytes, 100))
    #expect(holds(request, response, .measurements(other, version: signer.version, suite: signer.suite)) == (signer.version == .v11))
  }

  /// A good signature over an answer to another question: another slot, another context.
  @Test func questions() throws {
    let key = SigningKey.p384(P384.Signing.PrivateKey())
    let zero = try #require(SignatureValue([UInt8](repeating: 0, count: 96), .ecdsaP384))
    let slot = try #require(CertificateSlot(1))
    let transcript = Transcript.challenge(NegotiationTranscript(), version: .v13, suite: .p384)
    let chain = try Samples.digest(.p384, 3)
    func code(slot: CertificateSlot, context: UInt64, chain told: DigestValue) throws -> EvidenceError.Code? {
      let request = Challenge(slot: .first, summary: .none, nonce: Samples.nonce(1), context: RequesterContext(Samples.random(8, 2)))
      var answer = ChallengeAuth(
        slot: slot, slots: 3, chain: told, nonce: Samples.nonce(4), summary: nil, context: RequesterContext(Samples.random(8, context)),
        signature: zero)
      var signed = transcript
      signed.append(request.bytes(version: .v13))
      signed.append(answer.bytes(version: .v13).dropLast(96))
      answer.signature = try key.signature(of: signed, as: .challenge)
      do {
        _ = try Verified<ChallengeAuth>(
          request: request.bytes(version: .v13), response: answer.bytes(version: .v13), transcript: transcript, chain: chain, key: key.publicKey)
        return nil
      } catch Refusal.evidence(let error) { return error.code }
    }
    #expect(try code(slot: .first, context: 2, chain: chain) == nil)
    #expect(try code(slot: slot, context: 2, chain: chain) == .answer)
    #expect(try code(slot: .first, context: 5, chain: chain) == .answer)
    #expect(try code(slot: .first, context: 2, chain: Samples.digest(.p384, 6)) == .chainDigest)
  }

  /// A signature for one purpose is none for another, and one of 1.2 is none of 1.3.
  @Test(arguments: signers) func purposes(signer: Signer) throws {
    var transcript = Transcript.challenge(NegotiationTranscript(), version: signer.version, suite: signer.suite)
    transcript.append([1, 2, 3])
    let signature = try signer.key.signature(of: transcript, as: .challenge)
    for context in SigningContext.allCases {
      #expect(signer.key.publicKey.verifies(signature, of: transcript, as: context) == (context == .challenge || signer.version == .v11))
    }
    for version in [SPDMVersion.v11, .v12, .v13] {
      var other = Transcript.challenge(NegotiationTranscript(), version: version, suite: signer.suite)
      other.append([1, 2, 3])
      #expect(signer.key.publicKey.verifies(signature, of: other, as: .challenge) == (version == signer.version))
    }
    let another = SigningKey.p256(P256.Signing.PrivateKey()).publicKey
    #expect(!another.verifies(signature, of: transcript, as: .challenge))
  }

  static func flip(_ bytes: [UInt8], _ bit: Int) -> [UInt8] {
    var bytes = bytes
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    return bytes
  }
}
