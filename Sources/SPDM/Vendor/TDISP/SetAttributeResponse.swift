import Primitives

/// The attribute of a range is what was asked. PCIe 6.0 section 11.3.22.
public struct SetAttributeResponse: TDISPMessage {
  public static let type = InterfaceMessage.setAttributeResponse
  public var function: InterfaceID

  public init(_ function: InterfaceID) { self.function = function }
  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) { self.function = function }
  public func encode(into writer: inout WireWriter) {}
}
