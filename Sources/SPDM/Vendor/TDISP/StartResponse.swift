import Primitives

/// The interface runs. PCIe 6.0 section 11.3.14.
public struct StartResponse: TDISPMessage {
  public static let type = InterfaceMessage.startResponse
  public var function: InterfaceID

  public init(_ function: InterfaceID) { self.function = function }
  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) { self.function = function }
  public func encode(into writer: inout WireWriter) {}
}
