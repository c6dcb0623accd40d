import Primitives

/// The frame of every message about a key: id, two reserved bytes, stream, status, slot, port. PCIe 6.0 section 6.33.3.
public struct KeyTarget: Hashable, Sendable {
  public var stream: UInt8
  public var slot: KeySlot
  public var port: UInt8

  public init(stream: UInt8, slot: KeySlot, port: UInt8) { (self.stream, self.slot, self.port) = (stream, slot, port) }

  /// With what is reserved in requests and the status in some answers.
  init(from reader: inout MessageReader, _ message: KeyMessage) throws(SPDMError) {
    try message.expect(&reader)
    try reader.reserved(2)
    stream = try reader.integer("stream")
    try reader.reserved(1)
    slot = try KeySlot(from: &reader)
    port = try reader.integer("port")
  }

  func encode(into writer: inout WireWriter, _ message: KeyMessage, status: UInt8 = 0) {
    writer.integer(message.rawValue)
    writer.reserve(2)
    writer.integer(stream)
    writer.integer(status)
    writer.integer(slot.byte)
    writer.integer(port)
  }
}

/// The messages of IDE_KM by their object ids. PCIe 6.0 section 6.33.3.
public enum KeyMessage: UInt8, Hashable, Sendable, CaseIterable {
  case query = 0
  case queryResponse = 1
  case program = 2
  case programAck = 3
  case go = 4
  case stop = 5
  case goStopAck = 6

  func expect(_ reader: inout MessageReader) throws(SPDMError) {
    guard try reader.integer("object id") == rawValue else {
      throw reader.wrong(.unexpectedMessage, "object id", width: 1, expected: "\(rawValue), \(self)")
    }
  }
}
