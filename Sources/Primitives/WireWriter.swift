/// Writes little-endian fields, the counterpart of `WireReader`.
public struct WireWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func integer<T: FixedWidthInteger & UnsignedInteger>(_ value: T) {
    for i in 0..<T.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * i))) }
  }

  public mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Reserved bytes, zero on the wire.
  public mutating func reserve(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: max(0, count))) }
}
