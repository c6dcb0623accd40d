/// The group in which both sides agree on a secret. DSP0274 1.2 table 17.
public enum ExchangeGroup: UInt16, Hashable, Sendable, CaseIterable {
  case secp256r1 = 0x08
  case secp384r1 = 0x10

  /// X and Y of a public point.
  public var byteCount: Int {
    switch self {
    case .secp256r1: 64
    case .secp384r1: 96
    }
  }
}
