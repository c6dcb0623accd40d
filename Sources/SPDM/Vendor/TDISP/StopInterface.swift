import Primitives

/// Back to where nothing is trusted, from anywhere. PCIe 6.0 section 11.3.15.
public struct StopInterface: TDISPMessage {
  public static let type = InterfaceMessage.stop
  public var function: InterfaceID

  public init(_ function: InterfaceID) { self.function = function }
  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) { self.function = function }
  public func encode(into writer: inout WireWriter) {}
}
