import Primitives

/// A stream to a peer is bound no longer. PCIe 6.0 section 11.3.20.
public struct UnbindPeerResponse: TDISPMessage {
  public static let type = InterfaceMessage.unbindPeerResponse
  public var function: InterfaceID

  public init(_ function: InterfaceID) { self.function = function }
  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) { self.function = function }
  public func encode(into writer: inout WireWriter) {}
}
