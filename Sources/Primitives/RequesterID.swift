/// Bus, device and function: who sent a request on PCI Express. PCIe 6.0 section 2.2.6.2.
public struct RequesterID: RawRepresentable, Hashable, Comparable, BitwiseCopyable, Sendable {
  public let rawValue: UInt16
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Nil where device exceeds 31 or function exceeds 7.
  public init?(bus: UInt8, device: UInt8, function: UInt8) {
    guard device < 32, function < 8 else { return nil }
    rawValue = UInt16(bus) << 8 | UInt16(device) << 3 | UInt16(function)
  }

  public var bus: UInt8 { UInt8(rawValue >> 8) }
  public var device: UInt8 { UInt8(rawValue >> 3 & 0x1F) }
  public var function: UInt8 { UInt8(rawValue & 7) }
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

extension RequesterID: LosslessStringConvertible {
  /// `01:00.0` or `0000:01:00.0`; other segments are refused.
  public init?(_ text: String) {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 3 {
      guard parts[0] == "0000" else { return nil }
      parts.removeFirst()
    }
    // A number may have a sign for Swift, and not here.
    guard !text.utf8.contains(UInt8(ascii: "+")), parts.count == 2, parts[0].count == 2, let bus = UInt8(parts[0], radix: 16) else {
      return nil
    }
    let tail = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    guard tail.count == 2, tail[0].count == 2, tail[1].count == 1,
      let device = UInt8(tail[0], radix: 16), let function = UInt8(tail[1], radix: 16)
    else { return nil }
    self.init(bus: bus, device: device, function: function)
  }

  /// As `lspci -D` prints it: `0000:01:00.0`.
  public var description: String {
    func two(_ v: UInt8) -> String { (v < 16 ? "0" : "") + String(v, radix: 16) }
    return "0000:\(two(bus)):\(two(device)).\(function)"
  }
}
