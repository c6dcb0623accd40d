/// How a party signs. DSP0274 1.2 table 14.
public enum SignatureAlgorithm: UInt32, Hashable, Sendable, CaseIterable {
  case ecdsaP256 = 0x10
  case ecdsaP384 = 0x80

  /// r and s, big-endian, as wide as the curve: no DER on the wire. DSP0274 1.2 section 15.
  public var byteCount: Int {
    switch self {
    case .ecdsaP256: 64
    case .ecdsaP384: 96
    }
  }
}
