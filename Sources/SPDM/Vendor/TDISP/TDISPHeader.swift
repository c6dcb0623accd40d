import Primitives

/// The function that a message is about. PCIe 6.0 section 11.3.2: requester id, then segment, which counts only where it is said to.
public struct InterfaceID: Hashable, Sendable, CustomStringConvertible {
  public var requester: RequesterID
  /// Nil where segments are not told apart.
  public var segment: UInt8?

  public init(_ requester: RequesterID, segment: UInt8? = nil) { (self.requester, self.segment) = (requester, segment) }

  init(rawValue: UInt32) {
    self.init(
      RequesterID(rawValue: UInt16(truncatingIfNeeded: rawValue)),
      segment: rawValue >> 24 & 1 == 1 ? UInt8(truncatingIfNeeded: rawValue >> 16) : nil)
  }

  var rawValue: UInt32 { UInt32(requester.rawValue) | (segment.map { UInt32($0) << 16 | 1 << 24 } ?? 0) }

  public var description: String { requester.description }
}

/// The messages of TDISP by their types: a request has bit 7 set, its answer has not. PCIe 6.0 section 11.3.3.
public enum InterfaceMessage: UInt8, Hashable, Sendable, CaseIterable {
  case version = 0x01
  case capabilities = 0x02
  case lockResponse = 0x03
  case report = 0x04
  case state = 0x05
  case startResponse = 0x06
  case stopResponse = 0x07
  case bindPeerResponse = 0x08
  case unbindPeerResponse = 0x09
  case setAttributeResponse = 0x0A
  case vendorResponse = 0x0B
  case error = 0x7F
  case getVersion = 0x81
  case getCapabilities = 0x82
  case lock = 0x83
  case getReport = 0x84
  case getState = 0x85
  case start = 0x86
  case stop = 0x87
  case bindPeer = 0x88
  case unbindPeer = 0x89
  case setAttribute = 0x8A
  case vendor = 0x8B

  public var isRequest: Bool { rawValue & 0x80 != 0 }
  /// The answer to a request.
  public var answer: Self? { isRequest ? Self(rawValue: rawValue & 0x7F) : nil }
}

/// What begins every message: version, type, reserved, function, reserved; 16 bytes. PCIe 6.0 section 11.3.2.
public struct TDISPHeader: Hashable, Sendable {
  public static let byteCount = 16
  /// 1.0, the only version there is.
  public static let version: UInt8 = 0x10

  public var type: InterfaceMessage
  public var function: InterfaceID

  public init(_ type: InterfaceMessage, _ function: InterfaceID) { (self.type, self.function) = (type, function) }

  init(from reader: inout MessageReader) throws(SPDMError) {
    guard try reader.integer("TDISP version") == Self.version else { throw reader.wrong(.version, "TDISP version", width: 1, expected: "1.0") }
    guard let type = InterfaceMessage(rawValue: try reader.integer("TDISP type")) else {
      throw reader.wrong(.unknownMessage, "TDISP type", width: 1, expected: "a type of the specification")
    }
    self.type = type
    try reader.reserved(2)
    function = InterfaceID(rawValue: try reader.integer("function"))
    try reader.reserved(8)
  }

  /// The header of some bytes, to learn which message they are.
  public init(of bytes: some Collection<UInt8>) throws(SPDMError) {
    var reader = MessageReader(bytes)
    try self.init(from: &reader)
  }

  func encode(into writer: inout WireWriter) {
    writer.integer(Self.version)
    writer.integer(type.rawValue)
    writer.reserve(2)
    writer.integer(function.rawValue)
    writer.reserve(8)
  }
}

/// A message behind that header.
public protocol TDISPMessage: PCIProtocolMessage {
  static var type: InterfaceMessage { get }
  var function: InterfaceID { get }
  init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError)
  func encode(into writer: inout WireWriter)
}

extension TDISPMessage {
  public init(_ bytes: some Collection<UInt8>) throws(SPDMError) {
    var reader = MessageReader(bytes)
    let header = try TDISPHeader(from: &reader)
    guard header.type == Self.type else {
      throw SPDMError(.unexpectedMessage, field: "TDISP type", offset: 1, expected: "\(Self.type)")
    }
    try self.init(header.function, from: &reader)
    try reader.finish()
  }

  public var bytes: [UInt8] {
    var writer = WireWriter()
    TDISPHeader(Self.type, function).encode(into: &writer)
    encode(into: &writer)
    return writer.bytes
  }
}
