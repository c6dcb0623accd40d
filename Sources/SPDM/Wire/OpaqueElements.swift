import Primitives

/// Opaque data in the general format 1: a count, then elements of one standard body each, padded to four bytes.
/// DSP0274 1.2 section 8.5.
public struct OpaqueElements: Hashable, Sendable {
  public struct Element: Hashable, Sendable {
    /// 0 is DMTF itself.
    public var registry: UInt8
    public var vendor: [UInt8]
    public var data: [UInt8]

    public init(registry: UInt8 = 0, vendor: [UInt8] = [], data: [UInt8]) {
      (self.registry, self.vendor, self.data) = (registry, vendor, data)
    }
  }

  public var elements: [Element]

  public init(_ elements: [Element]) { self.elements = elements }

  public init(_ opaque: OpaqueData) throws(SPDMError) {
    var reader = MessageReader(opaque.bytes)
    let count: UInt8 = try reader.integer("count of elements")
    try reader.reserved(3)
    elements = []
    for _ in 0..<count {
      let registry: UInt8 = try reader.integer("registry")
      let vendor = try reader.bytes("vendor", Int(try reader.integer("vendor length", as: UInt8.self)))
      let data = try reader.bytes("element data", Int(try reader.integer("element length", as: UInt16.self)))
      try reader.reserved((4 - reader.offset % 4) % 4)
      elements.append(Element(registry: registry, vendor: vendor, data: data))
    }
    try reader.finish()
  }

  public func opaque() throws(SPDMError) -> OpaqueData {
    var writer = WireWriter()
    writer.integer(UInt8(truncatingIfNeeded: elements.count))
    writer.reserve(3)
    for element in elements {
      guard element.vendor.count < 0x100, element.data.count <= OpaqueData.byteLimit, elements.count < 0x100 else {
        throw SPDMError(.tooLong, field: "opaque element", offset: writer.bytes.count, expected: "lengths that fit their fields")
      }
      writer.integer(element.registry)
      writer.integer(UInt8(element.vendor.count))
      writer.append(element.vendor)
      writer.integer(UInt16(element.data.count))
      writer.append(element.data)
      writer.reserve((4 - writer.bytes.count % 4) % 4)
    }
    return try OpaqueData(writer.bytes)
  }
}
