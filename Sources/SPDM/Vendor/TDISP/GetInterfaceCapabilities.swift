import Primitives

/// Asks what an interface can do. PCIe 6.0 section 11.3.6.
public struct GetInterfaceCapabilities: TDISPMessage {
  public static let type = InterfaceMessage.getCapabilities
  public var function: InterfaceID
  /// What the asking side can do; no bit is defined yet.
  public var flags: UInt32

  public init(_ function: InterfaceID, flags: UInt32 = 0) { (self.function, self.flags) = (function, flags) }

  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) {
    self.function = function
    flags = try reader.integer("capabilities")
  }

  public func encode(into writer: inout WireWriter) { writer.integer(flags) }
}
