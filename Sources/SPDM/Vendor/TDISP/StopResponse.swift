import Primitives

/// The interface is stopped, and what it held is scrubbed. PCIe 6.0 section 11.3.16.
public struct StopResponse: TDISPMessage {
  public static let type = InterfaceMessage.stopResponse
  public var function: InterfaceID

  public init(_ function: InterfaceID) { self.function = function }
  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) { self.function = function }
  public func encode(into writer: inout WireWriter) {}
}
