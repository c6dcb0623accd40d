/// Which key an access goes under. On TDX the upper bits of the physical address (HKID), elsewhere an ASID or a realm.
public struct KeyID: RawRepresentable, Hashable, Comparable, BitwiseCopyable, Sendable, CustomStringConvertible {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }
  /// No key: the host, and everything that guests share with it.
  public static let shared = KeyID(rawValue: 0)
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  public var description: String { self == .shared ? "shared" : "key\(rawValue)" }
}
