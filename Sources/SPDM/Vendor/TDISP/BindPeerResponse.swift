import Primitives

/// A stream to a peer is bound. PCIe 6.0 section 11.3.18.
public struct BindPeerResponse: TDISPMessage {
  public static let type = InterfaceMessage.bindPeerResponse
  public var function: InterfaceID

  public init(_ function: InterfaceID) { self.function = function }
  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) { self.function = function }
  public func encode(into writer: inout WireWriter) {}
}
