/// One capability structure: what it is, where it stands and what it says.
///
/// Fields are read from the space at the moment of asking; the value itself is only a place.
public struct Capability: Hashable, Sendable {
  public let id: CapabilityID
  /// Offset of its first byte in configuration space.
  public let offset: Int
  /// Of the extended header; zero for conventional ones.
  public let version: UInt8

  public init(_ id: CapabilityID, at offset: Int, version: UInt8 = 0) {
    (self.id, self.offset, self.version) = (id, offset, version)
  }

  /// `40`, or `100 v2`: the brackets of lspci's text.
  public var place: String { padded(UInt64(offset), 2) + (id.isExtended ? " v\(version)" : "") }

  /// How many bytes it is known to occupy; nil where that cannot be told.
  public func size(in space: ConfigurationSpace) -> Int? {
    switch id {
    case .powerManagement: return 8
    case .msi:
      let control = space.word(offset + 2)
      return (control & 1 << 7 != 0 ? 14 : 10) + (control & 1 << 8 != 0 ? 10 : 0)
    case .msix: return 12
    case .advancedFeatures: return 6
    case .vendorSpecific: return max(3, Int(space.byte(offset + 2)))
    // Version 1 may leave out what its kind of device does not need.
    case .pciExpress: return space.byte(offset + 2) & 0xF >= 2 ? 0x3C : 0x0C
    case .advancedErrorReporting: return 0x2C
    case .accessControl, .alternativeRouting, .addressTranslation, .processAddressSpace: return 8
    case .pageRequest: return 0x10
    case .singleRootIOV: return 0x40
    case .resizableBAR: return 4 + 8 * Int(max(1, space.long(offset + 8) >> 5 & 7))
    case .designatedVendor, .vendorSpecificExtended: return max(8, Int(space.long(offset + 4) >> 20))
    case .dataObjectExchange: return 0x18
    case .device3: return 0x10
    case .integrityAndEncryption: return IntegrityAndEncryption(self, in: space).size
    default: return nil
    }
  }
}
