import Testing

import SPDM

/// The key schedule against values that another implementation of HMAC, Python's, gave for the same inputs: the record
/// of a real session has neither a change of keys nor SHA-256 nor version 1.3.
@Suite struct KnownKeys {
  struct Known: Sendable, CustomStringConvertible {
    let version: SPDMVersion
    let hash: HashAlgorithm
    let finished: String
    let exporter: String
    let updated: String
    let key: String
    let iv: String
    var description: String { "\(version.text) \(hash)" }
  }

  static let known: [Known] = [
    Known(
      version: .v13, hash: .sha256,
      finished: "047e55b011448833ab95169c1b862ee43316a23e4a89baaf617a3d31cd6f3db5",
      exporter: "73a843bd0f083de42aa4b945a4a034ff96fd130828d61f67f4f0864936c50c53",
      updated: "bc56cb5a22836d6847974982c12730c6c78b2d44fc88912f89d8aa88ad2da702",
      key: "898015dc35a4dfd6d46c2ea31209ffd33ebbd2fe269d606663bdf68f2cdd4323", iv: "634061eb4e0fda9af95c959f"),
    Known(
      version: .v12, hash: .sha384,
      finished: "db7d1755fc2d1c0cd16731e89586fc04ff857324357c218e11b0cbbb88c7212e7cb50388f7912c4b3e884ea7ef7d4a60",
      exporter: "440273d4ddaa863fd5e9f5af45a97bb377b26225872a35e017550cd8c66f91a2a1f65d3022451d6f8d0cbd1ba1fa82b8",
      updated: "47be9592533606fb60588363175b46d84996493727e16ebaaaffb5a960227cb95962af0774b185849c55d2a09a3318b7",
      key: "17d0f8310896e5de51fef5667b4a9d874871e9c014ade3e5be776790f878ce3f", iv: "6c8494b93f0ab8af85fa8e63"),
  ]

  /// The agreed secret is all ones, TH1 all twos, TH2 all threes.
  @Test(arguments: known) func schedule(known: Known) throws {
    func fill(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: known.hash.byteCount) }
    func hex(_ secret: Secret) -> String {
      secret.withUnsafeBytes { bytes in
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
      }
    }
    let th1 = try #require(DigestValue(fill(2), known.hash))
    let handshake = HandshakeSecrets(agreed: Secret(bytes: fill(1)), th1: th1, version: known.version)
    let application = handshake.application(th2: try #require(DigestValue(fill(3), known.hash)))
    #expect(hex(handshake.requesterFinished.secret) == known.finished)
    #expect(hex(application.exporter) == known.exporter)
    let updated = application.response.updated()
    #expect(hex(updated.secret) == known.updated)
    #expect(hex(updated.keys(.aes256GCM).key) == known.key && hex(updated.keys(.aes256GCM).iv) == known.iv)
  }
}
