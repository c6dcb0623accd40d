import Crypto
import Testing

import SPDM

@Suite struct Secrets {
  @Test func printAsNothing() {
    let secret = Secret(bytes: [0xAB, 0xCD, 0xEF, 0x01])
    var dumped = ""
    dump(secret, to: &dumped)
    let keys = RecordKeys(cipher: .aes256GCM, key: secret, iv: secret)
    var dumpedKeys = ""
    dump(keys, to: &dumpedKeys)
    let key = SigningKey.p256(P256.Signing.PrivateKey())
    for text in ["\(secret)", String(reflecting: secret), dumped, "\(keys)", dumpedKeys, "\(key)", String(reflecting: key)] {
      #expect(!text.contains("171") && !text.lowercased().contains("ab") && !text.contains("205"), "\(text)")
    }
    #expect(secret == Secret(bytes: [0xAB, 0xCD, 0xEF, 0x01]) && secret != Secret(bytes: [0xAB, 0xCD, 0xEF, 0x02]))
  }

  /// Both sides find the same secret and the same keys; a change in the transcript changes all of them.
  @Test(arguments: [AlgorithmSuite.p384, .p256], [SPDMVersion.v12, .v13]) func agreement(suite: AlgorithmSuite, version: SPDMVersion) throws {
    let group = try #require(suite.exchange)
    let requester = KeyAgreement(group)
    let responder = KeyAgreement(group)
    let (ours, theirs) = (requester.point, responder.point)
    let secret = try requester.agree(with: theirs)
    #expect(try responder.agree(with: ours) == secret)
    let th = try Samples.digest(suite, 1)
    let one = HandshakeSecrets(agreed: secret, th1: th, version: version)
    let other = HandshakeSecrets(agreed: secret, th1: try Samples.digest(suite, 2), version: version)
    #expect(one.request.secret != other.request.secret && one.request.secret != one.response.secret)
    #expect(one.requesterFinished.secret != one.responderFinished.secret)
    let application = one.application(th2: th)
    #expect(application.request.secret != one.application(th2: try Samples.digest(suite, 3)).request.secret)
    #expect(application.request.updated().secret != application.request.secret)
    #expect(application.request.keys(.aes256GCM).key.byteCount == 32 && application.request.keys(.aes256GCM).iv.byteCount == 12)
    #expect(HandshakeSecrets(agreed: secret, th1: th, version: version == .v12 ? .v13 : .v12).request.secret != one.request.secret)
  }

  @Test(arguments: ExchangeGroup.allCases) func pointsOffTheCurve(group: ExchangeGroup) throws {
    for byte in [UInt8(0), 1, 0xFF] {
      let point = try #require(ExchangePoint([UInt8](repeating: byte, count: group.byteCount), group))
      let error = #expect(throws: EvidenceError.self) { _ = try KeyAgreement(group).agree(with: point) }
      #expect(error?.code == .exchangePoint)
    }
  }
}
