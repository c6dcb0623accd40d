import Primitives

/// A `WireReader` that knows the names of the fields, so that a mistake is told with the field it is in.
///
/// Nothing is allocated that the bytes at hand do not fill: a count or a length is a promise, and it is the reading
/// of what it counts that is believed.
public struct MessageReader: Sendable {
  private var wire: WireReader

  public init(_ bytes: some Collection<UInt8>) { wire = WireReader(bytes) }

  public var offset: Int { wire.offset }
  public var remaining: Int { wire.remaining }

  public mutating func integer<T: FixedWidthInteger & UnsignedInteger>(_ field: String, as type: T.Type = T.self) throws(SPDMError) -> T {
    do { return try wire.integer(type) } catch { throw cut(field, T.bitWidth / 8) }
  }

  /// So many numbers of 32 bits; none is believed before it is read.
  public mutating func words(_ field: String, _ count: UInt8) throws(SPDMError) -> [UInt32] {
    var words: [UInt32] = []
    for _ in 0..<count { words.append(try integer(field)) }
    return words
  }

  public mutating func bytes(_ field: String, _ count: Int) throws(SPDMError) -> [UInt8] {
    do { return Array(try wire.take(count)) } catch { throw cut(field, count) }
  }

  /// Reserved bytes: a receiver ignores what they hold. DSP0274 1.2 section 4.2.
  public mutating func reserved(_ count: Int) throws(SPDMError) {
    do { try wire.skip(count) } catch { throw cut("reserved", count) }
  }

  public func finish() throws(SPDMError) {
    if wire.remaining > 0 { throw SPDMError(.leftOver, field: "end", offset: wire.offset, expected: "nothing, got \(wire.remaining) more bytes") }
  }

  /// An error about the field that was just read and is `width` bytes wide.
  public func wrong(_ field: String, width: Int, expected: String) -> SPDMError { wrong(.value, field, width: width, expected: expected) }

  public func wrong(_ code: SPDMError.Code, _ field: String, width: Int, expected: String) -> SPDMError {
    SPDMError(code, field: field, offset: max(0, wire.offset - width), expected: expected)
  }

  private func cut(_ field: String, _ count: Int) -> SPDMError {
    SPDMError(.cut, field: field, offset: wire.offset, expected: "\(count) bytes, got \(wire.remaining)")
  }
}
