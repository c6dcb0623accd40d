import Primitives

/// Takes a stream to a peer away. PCIe 6.0 section 11.3.19.
public struct UnbindPeer: TDISPMessage {
  public static let type = InterfaceMessage.unbindPeer
  public var function: InterfaceID
  public var stream: UInt8

  public init(_ function: InterfaceID, stream: UInt8) { (self.function, self.stream) = (function, stream) }

  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) {
    self.function = function
    stream = try reader.integer("stream")
  }

  public func encode(into writer: inout WireWriter) { writer.integer(stream) }
}
