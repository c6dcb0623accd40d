/// What a side can do. DSP0274 1.2 tables 11 and 12; a flag means the same in both directions where both have it.
public struct CapabilityFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A responder that keeps negotiated state over a reset.
  public static let cache = Self(rawValue: 1 << 0)
  public static let certificates = Self(rawValue: 1 << 1)
  public static let challenge = Self(rawValue: 1 << 2)
  /// A responder's measurements, with and without a signature: two bits that together are a number.
  public static let unsignedMeasurements = Self(rawValue: 1 << 3)
  public static let signedMeasurements = Self(rawValue: 1 << 4)
  public static let freshMeasurements = Self(rawValue: 1 << 5)
  public static let encryption = Self(rawValue: 1 << 6)
  public static let authentication = Self(rawValue: 1 << 7)
  public static let mutualAuthentication = Self(rawValue: 1 << 8)
  public static let keyExchange = Self(rawValue: 1 << 9)
  public static let preSharedKey = Self(rawValue: 1 << 10)
  public static let encapsulation = Self(rawValue: 1 << 12)
  public static let heartbeat = Self(rawValue: 1 << 13)
  public static let keyUpdate = Self(rawValue: 1 << 14)
  public static let handshakeInClear = Self(rawValue: 1 << 15)
  public static let chunks = Self(rawValue: 1 << 17)
}
