/// What two sides settled on: the one place from which lengths of hashes, signatures and public points come.
public struct AlgorithmSuite: Hashable, Sendable {
  public var hash: HashAlgorithm
  public var signature: SignatureAlgorithm
  /// Both nil where no session can be made.
  public var exchange: ExchangeGroup?
  public var cipher: RecordCipher?

  public init(hash: HashAlgorithm, signature: SignatureAlgorithm, exchange: ExchangeGroup? = nil, cipher: RecordCipher? = nil) {
    (self.hash, self.signature, self.exchange, self.cipher) = (hash, signature, exchange, cipher)
  }

  public static let p384 = Self(hash: .sha384, signature: .ecdsaP384, exchange: .secp384r1, cipher: .aes256GCM)
  public static let p256 = Self(hash: .sha256, signature: .ecdsaP256, exchange: .secp256r1, cipher: .aes256GCM)

  /// What a responder selected. DSP0274 1.2 section 10.4: exactly one of each, or none where the table was left out.
  public init(_ answer: Algorithms) throws(SPDMError) {
    guard let signature = SignatureAlgorithm(rawValue: answer.signature) else {
      throw SPDMError(.notSpoken, field: "base asymmetric algorithm", offset: 12, expected: "ECDSA P-256 or P-384 alone")
    }
    guard let hash = HashAlgorithm(rawValue: answer.hash) else {
      throw SPDMError(.notSpoken, field: "base hash algorithm", offset: 16, expected: "SHA-256 or SHA-384 alone")
    }
    self.init(hash: hash, signature: signature)
    for table in answer.tables where table.fixed != 0 {
      switch table.kind {
      case .exchange:
        exchange = ExchangeGroup(rawValue: table.fixed)
        if exchange == nil { throw Self.notSpoken("key exchange group", "secp256r1 or secp384r1 alone") }
      case .cipher:
        cipher = RecordCipher(rawValue: table.fixed)
        if cipher == nil { throw Self.notSpoken("record cipher", "AES-256-GCM alone") }
      case .keySchedule:
        if table.fixed != 1 { throw Self.notSpoken("key schedule", "HMAC with the base hash") }
      // Selected for mutual authentication, which nobody will ask for.
      case .requesterSignature: break
      }
    }
  }

  private static func notSpoken(_ field: String, _ expected: String) -> SPDMError {
    SPDMError(.notSpoken, field: field, offset: 36, expected: expected)
  }
}
