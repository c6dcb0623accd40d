/// Bytes whose length fits the 16 bits in front of them.
public struct Payload: Hashable, Sendable {
  public let bytes: [UInt8]

  public init(_ bytes: some Collection<UInt8>) throws(SPDMError) {
    guard bytes.count <= UInt16.max else {
      throw SPDMError(.tooLong, field: "payload", offset: 0, expected: "at most \(UInt16.max) bytes, got \(bytes.count)")
    }
    self.bytes = Array(bytes)
  }

  init(from reader: inout MessageReader, _ field: String, count: UInt16) throws(SPDMError) { bytes = try reader.bytes(field, Int(count)) }

  var count: UInt16 { UInt16(truncatingIfNeeded: bytes.count) }
}
