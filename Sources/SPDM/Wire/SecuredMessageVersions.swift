/// What KEY_EXCHANGE and its answer say of secured messages in their opaque data: the versions that the requester
/// could speak, and the one that the responder took. DSP0277 1.1 section 6.
public enum SecuredMessageVersions: Hashable, Sendable {
  case supported([UInt16])
  case selected(UInt16)

  /// 1.1 in the encoding of VERSION: major in the upper nibble, minor below.
  public static let version11: UInt16 = 0x1100

  public init(_ opaque: OpaqueData) throws(SPDMError) {
    guard let element = try OpaqueElements(opaque).elements.first(where: { $0.registry == 0 && $0.vendor.isEmpty }) else {
      throw SPDMError(.value, field: "opaque data", offset: 0, expected: "an element on secured messages")
    }
    var reader = MessageReader(element.data)
    let format: UInt8 = try reader.integer("element version")
    guard format == 1 else { throw reader.wrong("element version", width: 1, expected: "1") }
    switch try reader.integer("element id", as: UInt8.self) {
    case 0: self = .selected(try reader.integer("selected version"))
    case 1:
      var versions: [UInt16] = []
      for _ in 0..<(try reader.integer("count of versions", as: UInt8.self)) { versions.append(try reader.integer("supported version")) }
      self = .supported(versions)
    default: throw reader.wrong("element id", width: 1, expected: "0 or 1")
    }
    try reader.finish()
  }

  public func opaque() throws(SPDMError) -> OpaqueData {
    let data: [UInt8] =
      switch self {
      case .selected(let version): [1, 0] + Self.bytes(version)
      case .supported(let versions): [1, 1, UInt8(truncatingIfNeeded: versions.count)] + versions.prefix(255).flatMap(Self.bytes)
      }
    return try OpaqueElements([OpaqueElements.Element(data: data)]).opaque()
  }

  private static func bytes(_ version: UInt16) -> [UInt8] { [UInt8(truncatingIfNeeded: version), UInt8(version >> 8)] }
}
