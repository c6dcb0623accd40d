import Primitives

/// The answer to a message of the device's vendor. PCIe 6.0 section 11.3.24.
public struct VendorInterfaceResponse: TDISPMessage {
  public static let type = InterfaceMessage.vendorResponse
  public var function: InterfaceID
  /// All that follows the header.
  public var content: [UInt8]

  public init(_ function: InterfaceID, _ content: [UInt8]) { (self.function, self.content) = (function, content) }

  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) {
    self.function = function
    content = try reader.bytes("content", reader.remaining)
  }

  public func encode(into writer: inout WireWriter) { writer.append(content) }
}
