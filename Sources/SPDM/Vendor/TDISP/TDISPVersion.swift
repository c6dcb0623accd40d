import Primitives

/// The versions that a device speaks. PCIe 6.0 section 11.3.5.
public struct TDISPVersion: TDISPMessage {
  public static let type = InterfaceMessage.version
  public var function: InterfaceID
  /// Major in the upper nibble.
  public private(set) var versions: [UInt8]

  public init(_ function: InterfaceID, _ versions: [UInt8] = [TDISPHeader.version]) {
    (self.function, self.versions) = (function, Array(versions.prefix(255)))
  }

  public init(_ function: InterfaceID, from reader: inout MessageReader) throws(SPDMError) {
    self.function = function
    versions = try reader.bytes("versions", Int(try reader.integer("count of versions", as: UInt8.self)))
  }

  public func encode(into writer: inout WireWriter) {
    writer.integer(UInt8(truncatingIfNeeded: versions.count))
    writer.append(versions)
  }
}
