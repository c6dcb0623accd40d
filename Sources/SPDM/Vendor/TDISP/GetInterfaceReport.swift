import Primitives

/// Asks for a portion of the report. PCIe 6.0 section 11.3.10.
public struct GetInterfaceReport: TDISPMessage {
  public static let type = InterfaceMessage.getReport
  public var function: InterfaceID
  public var offset: UInt16
  public var length: UInt16

  public init(_ function: InterfaceID, offset: UInt16 = 0, length: UInt16) { (self.function, self.offset, self.length) = (function, offset, length) }

  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) {
    self.function = function
    offset = try reader.integer("offset")
    length = try reader.integer("length")
  }

  public func encode(into writer: inout WireWriter) {
    writer.integer(offset)
    writer.integer(length)
  }
}
