import Primitives

/// What is known of a machine's buses beyond who answers where.
public struct Topology: Hashable, Sendable {
  /// Whether a device may ask the IOMMU for translations, and with them for the way to a peer: a policy, since a device that lies about it
  /// reaches everything.
  public enum TranslationServicePolicy: Hashable, Sendable { case never, always, only(Set<RequesterID>) }
  public var translationService: TranslationServicePolicy

  public init(translationService: TranslationServicePolicy = .never) { self.translationService = translationService }

  /// What a device adds to its requests for a range.
  ///
  /// A steering tag follows the node of the target, for whatever memory it is and whatever way leads there. Whether a translation is asked for
  /// first is a question of peer memory alone, and of the bus: a private interconnect has addresses of its own.
  /// - Parameters:
  ///   - range: the target.
  ///   - device: who asks; nil for one that is on no bus, and that no list names.
  ///   - path: the way that was agreed on.
  public func hints(for range: PhysicalRange, from device: RequesterID?, over path: Path) -> RequestHints {
    var isPeer = false
    if case .window = range.provider, path.kind == .peer { isPeer = true }
    let isTranslated =
      switch translationService {
      case .never: false
      case .always: isPeer
      case .only(let devices): isPeer && device.map(devices.contains) ?? false
      }
    return RequestHints(steering: range.attributes.node, asksForTranslation: isTranslated)
  }
}

/// What goes with a request besides its address: a steering tag (TPH) and whether a translation is asked for first (ATS).
public struct RequestHints: Hashable, BitwiseCopyable, Sendable {
  /// The node to whose caches and memory the bytes are to go.
  public let steering: UInt8
  public let asksForTranslation: Bool
  public init(steering: UInt8, asksForTranslation: Bool) { (self.steering, self.asksForTranslation) = (steering, asksForTranslation) }
}

/// Requests that arrived with hints, by what those said.
public struct HintTally: Hashable, Sendable {
  /// By the node that they were steered to.
  public private(set) var steered: [UInt8: UInt64] = [:]
  /// Those that went by a translation that their device asked for.
  public private(set) var translated: UInt64 = 0

  mutating func note(_ hints: RequestHints) {
    steered[hints.steering, default: 0] += 1
    if hints.asksForTranslation { translated += 1 }
  }
}
