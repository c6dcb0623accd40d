import Primitives

/// A way from an importer to the memory of a buffer. Where there are several, the importer chooses.
public struct Path: Hashable, BitwiseCopyable, Sendable {
  public enum Kind: Hashable, BitwiseCopyable, Sendable {
    /// Memory of the host, by the addresses that the CPU uses.
    case memory
    /// From device to device, on the bus.
    case peer
    /// Over a link of their own.
    case interconnect(InterconnectID)
  }
  public let kind: Kind
  /// What is taken from a CPU address to get the one on this way.
  public let offset: UInt64
  /// Switches and bridges in between: what an importer may go by.
  public let hops: UInt8

  @inlinable public init(_ kind: Kind, offset: UInt64 = 0, hops: UInt8 = 0) { (self.kind, self.offset, self.hops) = (kind, offset, hops) }

  /// The address on this way; nil for one that this way does not lead to.
  @inlinable public func bus(_ address: HostPhysicalAddress) -> BusAddress? {
    let (value, overflow) = address.rawValue.subtractingReportingOverflow(offset)
    return overflow ? nil : BusAddress(value)
  }

  public static let toMemory = Path(.memory)
}

/// What is known of a machine's buses beyond who answers where.
public struct Topology: Hashable, Sendable {
  /// Whether a device may ask the IOMMU for translations, and with them for the way to a peer: a policy, since a device that lies about it
  /// reaches everything.
  public enum TranslationServicePolicy: Hashable, Sendable { case never, always, only(Set<RequesterID>) }
  public var translationService: TranslationServicePolicy

  public init(translationService: TranslationServicePolicy = .never) { self.translationService = translationService }

  /// What a device adds to its requests for a range.
  ///
  /// A steering tag follows the node of the target, for whatever memory it is; whether the address is marked as translated is asked for
  /// peer memory alone.
  public func hints(for range: PhysicalRange, from device: RequesterID) -> RequestHints {
    let isPeer = if case .window = range.provider { true } else { false }
    let isTranslated =
      switch translationService {
      case .never: false
      case .always: isPeer
      case .only(let devices): isPeer && devices.contains(device)
      }
    return RequestHints(steering: range.attributes.node, asksForTranslation: isTranslated)
  }
}

/// What goes with a request besides its address: a steering tag (TPH) and whether a translation is asked for first (ATS).
public struct RequestHints: Hashable, BitwiseCopyable, Sendable {
  public let steering: UInt8
  public let asksForTranslation: Bool
}
