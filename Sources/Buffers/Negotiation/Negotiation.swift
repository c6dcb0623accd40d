import Primitives
import Sharing

/// The first thing that did not meet. In the order in which they are asked: reach, whether the buffer is there, lifetime.
public enum Refusal: Error, Hashable, Sendable {
  /// There are only ways that the importer cannot go: to a peer, or over an interconnect that it does not know.
  case peerMemory
  case privateInterconnect(InterconnectID)
  case cpuInvisible
  case encrypted
  /// Addresses of that many bits, for an importer of fewer.
  case width(needed: UInt8, has: UInt8)
  /// The buffer is revoked, or gone.
  case revoked
  case lifetime(offered: LifetimeClasses, bearable: LifetimeClasses)

  /// The error number of the kernel's: `ENODEV` for what is not there, `EOPNOTSUPP` for what does not meet (vfio_pci_dmabuf.c).
  public var number: Int32 { if case .revoked = self { 19 } else { 95 } }
}

extension Refusal: CustomStringConvertible {
  public var description: String {
    switch self {
    case .peerMemory: "the memory is a peer's, and the importer cannot reach peers"
    case .privateInterconnect(let id): "the memory is behind interconnect \(id.value), which the importer does not know"
    case .cpuInvisible: "no CPU may touch the memory, and the importer needs one that may"
    case .encrypted: "the memory is encrypted, and the importer takes plain memory only"
    case .width(let needed, let has): "addresses have \(needed) bits, and the importer puts out \(has)"
    case .revoked: "the buffer is revoked"
    case .lifetime(let offered, let bearable): "offered: \(offered); the importer can bear: \(bearable)"
    }
  }
}

/// What both sides agreed on.
public struct Agreement: Hashable, Sendable {
  public let lifetime: LifetimeClass
  public let path: Path
}

extension ImporterTerms {
  /// Whether the two meet, and on what. A pure function: tables can be made of it.
  ///
  /// - `wanted`: a class that it has to be; nil leaves it to the exporter, who takes the freest.
  public func agree(
    with exporter: ExporterTerms, over ranges: RangeList, _ life: BufferLife = .live, wanted: LifetimeClass? = nil,
    choosing choose: ([Path]) -> Path? = { $0.first }
  ) -> Result<Agreement, Refusal> {
    let open = exporter.paths.filter(reaches)
    guard let path = choose(open), open.contains(path) else { return .failure(Self.unreachable(exporter.paths)) }
    var end: UInt64 = 0
    for range in ranges {
      if !range.attributes.isCPUMappable, !takesInvisible { return .failure(.cpuInvisible) }
      if range.attributes.isEncrypted, !takesEncrypted { return .failure(.encrypted) }
      // An address that this way does not lead to has the width of all.
      end = max(end, path.bus(HostPhysicalAddress(range.start.rawValue + range.length - 1))?.rawValue ?? .max)
    }
    let needed = UInt8(64 - end.leadingZeroBitCount)
    if needed > width { return .failure(.width(needed: needed, has: width)) }
    guard law.refusalToAttach(life) == nil else { return .failure(.revoked) }
    guard let lifetime = law.lifetime(offered: exporter.offers, bearable: bears, wanted: wanted) else {
      return .failure(.lifetime(offered: exporter.offers, bearable: wanted.map { LifetimeClasses($0).intersection(bears) } ?? bears))
    }
    return .success(Agreement(lifetime: lifetime, path: path))
  }

  func reaches(_ path: Path) -> Bool {
    switch path.kind {
    case .memory: true
    case .peer: reachesPeers
    case .interconnect(let id): interconnect == id
    }
  }

  private static func unreachable(_ paths: [Path]) -> Refusal {
    for path in paths { if case .interconnect(let id) = path.kind { return .privateInterconnect(id) } }
    return .peerMemory
  }
}
