import Primitives

/// Asks which versions of TDISP a device speaks. PCIe 6.0 section 11.3.4.
public struct GetTDISPVersion: TDISPMessage {
  public static let type = InterfaceMessage.getVersion
  public var function: InterfaceID

  public init(_ function: InterfaceID) { self.function = function }
  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) { self.function = function }
  public func encode(into writer: inout WireWriter) {}
}
