import Primitives

/// Where a port is, and its IDE registers as they are. PCIe 6.0 section 6.33.3, QUERY_RESP.
public struct KeyQueryResponse: PCIProtocolMessage {
  /// More words than an IDE capability can have: 8 link streams, 255 selective ones with 15 association blocks each.
  public static let wordLimit = 0x4000

  public var port: UInt8
  public var deviceFunction: UInt8
  public var bus: UInt8
  public var segment: UInt8
  public var lastPort: UInt8
  /// The capability from its own header on, each register a word.
  public private(set) var registers: [UInt32]

  public init(port: UInt8, deviceFunction: UInt8, bus: UInt8, segment: UInt8 = 0, lastPort: UInt8, registers: [UInt32]) {
    (self.port, self.deviceFunction, self.bus, self.segment, self.lastPort) = (port, deviceFunction, bus, segment, lastPort)
    self.registers = Array(registers.prefix(Self.wordLimit))
  }

  public init(_ bytes: some Collection<UInt8>) throws(SPDMError) {
    var reader = MessageReader(bytes)
    try KeyMessage.queryResponse.expect(&reader)
    try reader.reserved(1)
    port = try reader.integer("port")
    deviceFunction = try reader.integer("device and function")
    bus = try reader.integer("bus")
    segment = try reader.integer("segment")
    lastPort = try reader.integer("last port")
    guard reader.remaining / 4 <= Self.wordLimit else {
      throw SPDMError(.tooLong, field: "registers", offset: reader.offset, expected: "at most \(Self.wordLimit) words")
    }
    registers = []
    while reader.remaining > 0 { registers.append(try reader.integer("register")) }
  }

  public var bytes: [UInt8] {
    var writer = WireWriter()
    for byte in [KeyMessage.queryResponse.rawValue, 0, port, deviceFunction, bus, segment, lastPort] { writer.integer(byte) }
    for register in registers { writer.integer(register) }
    return writer.bytes
  }
}
