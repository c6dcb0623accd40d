import Primitives

/// Whose message it is, and what it says: the body of VENDOR_DEFINED in both directions. DSP0274 1.2 section 10.14.
public struct VendorPayload: Hashable, Sendable {
  /// The registry that gives out the vendor's number; 3 is the PCI-SIG.
  public var registry: UInt16
  public private(set) var vendor: [UInt8]
  public var payload: Payload

  public init(registry: UInt16, vendor: [UInt8], payload: Payload) {
    (self.registry, self.vendor, self.payload) = (registry, Array(vendor.prefix(255)), payload)
  }

  /// As IDE_KM and TDISP travel: registry and vendor are the PCI-SIG, and the first byte says which protocol follows.
  public static func pci(protocol number: UInt8, _ bytes: [UInt8]) throws(SPDMError) -> Self {
    Self(registry: 3, vendor: [1, 0], payload: try Payload([number] + bytes))
  }

  init(from reader: inout MessageReader) throws(SPDMError) {
    registry = try reader.integer("registry")
    vendor = try reader.bytes("vendor", Int(try reader.integer("vendor length", as: UInt8.self)))
    payload = try Payload(from: &reader, "payload", count: try reader.integer("payload length"))
  }

  func encode(into writer: inout WireWriter) {
    writer.integer(registry)
    writer.integer(UInt8(truncatingIfNeeded: vendor.count))
    writer.append(vendor)
    writer.integer(payload.count)
    writer.append(payload.bytes)
  }
}
