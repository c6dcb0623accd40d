/// The base hash of a connection. DSP0274 1.2 table 14.
public enum HashAlgorithm: UInt32, Hashable, Sendable, CaseIterable {
  case sha256 = 0x1
  case sha384 = 0x2

  public var byteCount: Int {
    switch self {
    case .sha256: 32
    case .sha384: 48
    }
  }
}
