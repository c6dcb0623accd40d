import Primitives

/// A portion of the report, and how much is still to come. PCIe 6.0 section 11.3.10.
public struct InterfaceReportPortion: TDISPMessage {
  public static let type = InterfaceMessage.report
  public var function: InterfaceID
  public var portion: Payload
  public var remainder: UInt16

  public init(_ function: InterfaceID, _ portion: Payload, remainder: UInt16) {
    (self.function, self.portion, self.remainder) = (function, portion, remainder)
  }

  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) {
    self.function = function
    let length: UInt16 = try reader.integer("portion length")
    remainder = try reader.integer("remainder length")
    portion = try Payload(from: &reader, "portion", count: length)
  }

  public func encode(into writer: inout WireWriter) {
    writer.integer(portion.count)
    writer.integer(remainder)
    writer.append(portion.bytes)
  }
}
