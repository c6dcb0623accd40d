/// Reads little-endian fields from bytes that came from elsewhere, and accounts for every byte:
/// a field that is cut and bytes that are left over are both errors.
public struct WireReader: Sendable {
  public let bytes: ArraySlice<UInt8>
  /// How many bytes were read so far.
  public private(set) var offset = 0

  public init(_ bytes: some Collection<UInt8>) { self.bytes = ArraySlice(bytes) }

  public var remaining: Int { bytes.count - offset }

  /// An unsigned integer of the width of its type.
  public mutating func integer<T: FixedWidthInteger & UnsignedInteger>(_ type: T.Type = T.self) throws(WireError) -> T {
    var value: T = 0
    for (i, byte) in try take(T.bitWidth / 8).enumerated() { value |= T(byte) << (8 * i) }
    return value
  }

  /// The next `count` bytes; never allocates for more than there are.
  public mutating func take(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw WireError.cut(offset: offset, needed: count, remaining: remaining) }
    defer { offset += count }
    let start = bytes.startIndex + offset
    return bytes[start..<start + count]
  }

  /// Bytes that the format reserves: read and ignored, as receivers must.
  public mutating func skip(_ count: Int) throws(WireError) { _ = try take(count) }

  /// To be asked last: nothing may be left.
  public func finish() throws(WireError) {
    if remaining > 0 { throw WireError.leftOver(offset: offset, count: remaining) }
  }
}

/// How bytes failed to be a message. Offsets count from the first byte given to the reader.
public enum WireError: Error, Hashable, Sendable {
  case cut(offset: Int, needed: Int, remaining: Int)
  case leftOver(offset: Int, count: Int)
  /// A field holds a value that its format does not allow.
  case invalid(offset: Int, field: String, value: UInt64)
}

extension WireError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cut(let offset, let needed, let remaining):
      "cut at offset \(offset): \(needed) bytes needed, \(remaining) there"
    case .leftOver(let offset, let count): "\(count) bytes left over at offset \(offset)"
    case .invalid(let offset, let field, let value): "\(field) at offset \(offset) cannot be \(hexadecimal(value))"
    }
  }
}
