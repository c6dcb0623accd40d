import Primitives

/// Asks for the state, in any state. PCIe 6.0 section 11.3.11.
public struct GetInterfaceState: TDISPMessage {
  public static let type = InterfaceMessage.getState
  public var function: InterfaceID

  public init(_ function: InterfaceID) { self.function = function }
  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) { self.function = function }
  public func encode(into writer: inout WireWriter) {}
}
