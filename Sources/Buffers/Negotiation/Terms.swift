import Sharing

/// What an importer can bear and reach: its half of an attachment's negotiation.
public struct ImporterTerms: Hashable, BitwiseCopyable, Sendable {
  public var bears: LifetimeClasses
  /// It can send requests to another device (Linux: `allow_peer2peer`).
  public var reachesPeers: Bool
  /// The one private interconnect whose addresses it understands.
  public var interconnect: InterconnectID?
  /// It works on memory that no CPU may touch.
  public var takesInvisible: Bool
  /// It has the key, or needs none: its requests go the way that decrypts.
  public var takesEncrypted: Bool
  /// Bits of address that it can put out.
  public var width: UInt8

  public init(
    bears: LifetimeClasses, reachesPeers: Bool = false, interconnect: InterconnectID? = nil, takesInvisible: Bool = false,
    takesEncrypted: Bool = false, width: UInt8 = 64
  ) {
    (self.bears, self.reachesPeers, self.interconnect) = (bears, reachesPeers, interconnect)
    (self.takesInvisible, self.takesEncrypted, self.width) = (takesInvisible, takesEncrypted, width)
  }

  /// Those of linux.md section 8, as its table says who can bear what. A class that never changes is no burden for who bears change.
  public static let kvm = ImporterTerms(bears: [.pinned, .revocable, .movable], reachesPeers: true, takesInvisible: true, takesEncrypted: true)
  public static let iommufd = ImporterTerms(bears: [.pinned, .revocable], reachesPeers: true, takesInvisible: true, takesEncrypted: true)
  public static let rdma = ImporterTerms(bears: [.pinned, .revocable], reachesPeers: true)
  public static let gpu = ImporterTerms(bears: [.pinned, .movable], reachesPeers: true)
  public static let fixed = ImporterTerms(bears: .pinned)
  /// A compositor draws what clients give it. A client that could take a buffer back could stop it from drawing.
  public static let compositor = gpu
}

/// What an exporter offers with a buffer: the other half.
public struct ExporterTerms: Hashable, Sendable {
  public var offers: LifetimeClasses
  /// The ways to the memory, the exporter's favourite first.
  public var paths: [Path]

  public init(offers: LifetimeClasses, paths: [Path] = [.toMemory]) { (self.offers, self.paths) = (offers, paths) }
}
