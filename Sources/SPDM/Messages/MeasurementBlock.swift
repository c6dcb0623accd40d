import Primitives

/// One measurement. DSP0274 1.2 tables 44 and 45.
public struct MeasurementBlock: Hashable, Sendable {
  public enum Content: Hashable, Sendable {
    /// In DMTF's format: what is measured (bits 6:0 of the type), and whether the value is itself or its hash.
    case value(kind: UInt8, isRaw: Bool, bytes: [UInt8])
    /// In another specification's format.
    case other(specification: UInt8, bytes: [UInt8])
  }

  public let index: UInt8
  public let content: Content

  /// Nil if the value does not fit the 16 bits of its block's length.
  public init?(index: UInt8, content: Content) {
    (self.index, self.content) = (index, content)
    guard byteCount <= 4 + Int(UInt16.max) else { return nil }
  }

  init(from reader: inout MessageReader) throws(SPDMError) {
    index = try reader.integer("measurement index")
    guard index > 0, index < .max else { throw reader.wrong("measurement index", width: 1, expected: "1 to 254") }
    let specification: UInt8 = try reader.integer("measurement specification")
    guard specification.nonzeroBitCount == 1 else { throw reader.wrong("measurement specification", width: 1, expected: "one bit") }
    let size: UInt16 = try reader.integer("measurement size")
    guard specification == 1 else {
      content = .other(specification: specification, bytes: try reader.bytes("measurement", Int(size)))
      return
    }
    guard size >= 3 else { throw reader.wrong(.length, "measurement size", width: 2, expected: "at least 3") }
    let type: UInt8 = try reader.integer("measurement type")
    let valueSize: UInt16 = try reader.integer("value size")
    guard valueSize == size - 3 else { throw reader.wrong(.length, "value size", width: 2, expected: "\(size - 3)") }
    content = .value(kind: type & 0x7F, isRaw: type & 0x80 != 0, bytes: try reader.bytes("measurement value", Int(valueSize)))
  }

  func encode(into writer: inout WireWriter) {
    writer.integer(index)
    switch content {
    case .other(let specification, let bytes):
      writer.integer(specification)
      writer.integer(UInt16(truncatingIfNeeded: bytes.count))
      writer.append(bytes)
    case .value(let kind, let isRaw, let bytes):
      writer.integer(1 as UInt8)
      writer.integer(UInt16(truncatingIfNeeded: bytes.count + 3))
      writer.integer(kind & 0x7F | (isRaw ? 0x80 : 0))
      writer.integer(UInt16(truncatingIfNeeded: bytes.count))
      writer.append(bytes)
    }
  }

  /// As it is in a record, and as a summary hashes it.
  public var bytes: [UInt8] {
    var writer = WireWriter()
    encode(into: &writer)
    return writer.bytes
  }

  var byteCount: Int {
    switch content {
    case .other(_, let bytes): 4 + bytes.count
    case .value(_, _, let bytes): 7 + bytes.count
    }
  }
}
