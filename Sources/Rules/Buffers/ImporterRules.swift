/// What an importer can do at all with a buffer that can be revoked. Linux 7.1, VFIO and iommufd; private-MMIO thread 2025.
public struct ImporterAbilities: Hashable, BitwiseCopyable, Sendable {
  /// It has `invalidate_mappings` and lets go in bounded time.
  public var bearsRevocation: Bool
  public var reachesPeers: Bool
  @inlinable public init(bearsRevocation: Bool = true, reachesPeers: Bool = true) {
    (self.bearsRevocation, self.reachesPeers) = (bearsRevocation, reachesPeers)
  }
}

/// An honest importer of a revocable buffer: attach, map, use, unmap when told, detach.
extension Stage {
  @inlinable
  public mutating func attach(_ i: UInt8, _ abilities: ImporterAbilities = ImporterAbilities(), _ book: borrowing Rulebook) -> Outcome {
    let d = i % book.bounds.devices
    guard self[importer: i] == .detached else { return .refused(.notNow) }
    guard book.law.holds(.attachExported, flag(.bufferIsExported, d)) else { return .refused(.attachExported) }
    guard book.law.holds(.attachPeer, abilities.reachesPeers) else { return .refused(.attachPeer) }
    guard book.law.holds(.attachLive, !flag(.bufferIsRevoked, d)) else { return .refused(.attachLive) }
    guard book.law.holds(.attachRevocable, abilities.bearsRevocation) else { return .refused(.attachRevocable) }
    self[importer: i] = .attached
    set(.importerIsPinned, i, !abilities.bearsRevocation)
    return .accepted
  }

  @inlinable public mutating func mapBuffer(_ i: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let d = i % book.bounds.devices
    guard self[importer: i] == .attached else { return .refused(.notNow) }
    guard book.law.holds(.importerMapReservation, self[.reservation, Int(d)] == 0) else { return .refused(.importerMapReservation) }
    guard book.law.holds(.mapLive, !flag(.bufferIsRevoked, d)) else { return .refused(.mapLive) }
    self[importer: i] = .mapped
    return .accepted
  }

  /// Starts work that ends with a fence.
  @inlinable public mutating func use(_ i: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard self[importer: i] == .mapped, !flag(.importerIsUsing, i) else { return .refused(.notNow) }
    guard book.law.holds(.useInvalidated, !flag(.importerIsInvalidated, i)) else { return .refused(.useInvalidated) }
    set(.importerIsUsing, i, true)
    return .accepted
  }

  @inlinable public mutating func finish(_ i: UInt8) -> Outcome {
    guard flag(.importerIsUsing, i) else { return .refused(.notNow) }
    set(.importerIsUsing, i, false)
    return .accepted
  }

  /// An unmap needs the reservation, as dma_buf_unmap_attachment does.
  @inlinable public mutating func unmapBuffer(_ i: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let d = i % book.bounds.devices
    guard self[importer: i] == .mapped, !flag(.importerIsUsing, i) else { return .refused(.notNow) }
    guard book.law.holds(.importerUnmapReservation, self[.reservation, Int(d)] == 0) else { return .refused(.importerUnmapReservation) }
    self[importer: i] = .attached
    set(.importerIsInvalidated, i, false)
    return .accepted
  }

  @inlinable public mutating func detach(_ i: UInt8) -> Outcome {
    guard self[importer: i] == .attached else { return .refused(.notNow) }
    self[importer: i] = .detached
    set(.importerIsPinned, i, false)
    return .accepted
  }
}
