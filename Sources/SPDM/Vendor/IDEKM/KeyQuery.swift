import Primitives

/// Asks what a port can do. PCIe 6.0 section 6.33.3, QUERY.
public struct KeyQuery: PCIProtocolMessage {
  public var port: UInt8

  public init(port: UInt8) { self.port = port }

  public init(_ bytes: some Collection<UInt8>) throws(SPDMError) {
    var reader = MessageReader(bytes)
    try KeyMessage.query.expect(&reader)
    try reader.reserved(1)
    port = try reader.integer("port")
    try reader.finish()
  }

  public var bytes: [UInt8] { [KeyMessage.query.rawValue, 0, port] }
}
