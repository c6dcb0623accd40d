import Primitives

/// Bytes of another specification inside a message, behind a length of 16 bits. DSP0274 1.2 section 8.5 allows 1,024.
public struct OpaqueData: Hashable, Sendable {
  public static let byteLimit = 1024
  public static let empty = Self(unchecked: [])

  public let bytes: [UInt8]

  public init(_ bytes: [UInt8]) throws(SPDMError) {
    guard bytes.count <= Self.byteLimit else {
      throw SPDMError(.tooLong, field: "opaque data", offset: 0, expected: "at most \(Self.byteLimit) bytes, got \(bytes.count)")
    }
    self.bytes = bytes
  }

  init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  init(from reader: inout MessageReader) throws(SPDMError) {
    let count: UInt16 = try reader.integer("opaque length")
    guard count <= Self.byteLimit else {
      throw reader.wrong(.tooLong, "opaque length", width: 2, expected: "at most \(Self.byteLimit)")
    }
    bytes = try reader.bytes("opaque data", Int(count))
  }

  func encode(into writer: inout WireWriter) {
    writer.integer(UInt16(truncatingIfNeeded: bytes.count))
    writer.append(bytes)
  }
}
