/// A version of DSP0274 as its header byte writes it: major in the high nibble, minor in the low one.
///
/// 1.2 and 1.3 are spoken. 1.1 is read, because evidence of that age is kept and asked about: its signatures have no
/// prefix. 1.0 is only the header of GET_VERSION and its answer (DSP0274 1.2 section 10.2), which never change.
public enum SPDMVersion: UInt8, Hashable, Sendable, CaseIterable, Comparable {
  case v10 = 0x10
  case v11 = 0x11
  case v12 = 0x12
  case v13 = 0x13

  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

  public var isSpoken: Bool { self >= .v12 }

  /// "1.2", as signing prefixes and key derivation spell it.
  public var text: String { "\(rawValue >> 4).\(rawValue & 0xF)" }
}
