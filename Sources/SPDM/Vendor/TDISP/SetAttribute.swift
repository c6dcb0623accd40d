import Primitives

/// Changes whether a range is TEE memory. PCIe 6.0 section 11.3.21: the range as in the report.
public struct SetAttribute: TDISPMessage {
  public static let type = InterfaceMessage.setAttribute
  public var function: InterfaceID
  /// Page number, offset included.
  public var firstPage: UInt64
  public var pageCount: UInt32
  public var attributes: UInt16
  public var range: UInt16

  public init(_ function: InterfaceID, firstPage: UInt64, pageCount: UInt32, attributes: UInt16, range: UInt16) {
    (self.function, self.firstPage, self.pageCount) = (function, firstPage, pageCount)
    (self.attributes, self.range) = (attributes, range)
  }

  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) {
    self.function = function
    firstPage = try reader.integer("first page")
    pageCount = try reader.integer("page count")
    attributes = try reader.integer("attributes")
    range = try reader.integer("range")
  }

  public func encode(into writer: inout WireWriter) {
    writer.integer(firstPage)
    writer.integer(pageCount)
    writer.integer(attributes)
    writer.integer(range)
  }
}
