/// Private MMIO: the metadata table, and the life of an MMIO leaf in the secure EPT. TDX Connect, MMIO.
extension Stage {
  /// TDH.MMIOMT.SET: declares the page as the interface's data.
  @inlinable public mutating func setMetadata(_ d: UInt8, _ p: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.metadataInterface, self[bindingOwner: d] != .none) else { return .refused(.metadataInterface) }
    guard book.law.holds(.metadataEmpty, self[metadata: d, p] == .absent) else { return .refused(.metadataEmpty) }
    self[metadata: d, p] = .data
    return .accepted
  }

  @inlinable public mutating func removeMetadata(_ d: UInt8, _ p: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.metadataRemoveUnmapped, self[metadata: d, p] == .data) else { return .refused(.metadataRemoveUnmapped) }
    self[metadata: d, p] = .absent
    return .accepted
  }

  /// TDH.MMIO.MAP of the device's page `frame` at the guest's entry `p`. May precede LOCK: no TDISP check (TDX Connect, MMIO).
  @inlinable public mutating func mapMMIO(_ d: UInt8, _ p: UInt8, frame: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.mmioMapAlive, isOperable) else { return .refused(.mmioMapAlive) }
    guard book.law.holds(.mmioMapOwner, self[bindingOwner: d] == .vm || self[bindingOwner: d] == .both)
    else { return .refused(.mmioMapOwner) }
    guard book.law.holds(.mmioMapStream, self[stream: d] != .blocked) else { return .refused(.mmioMapStream) }
    guard book.law.holds(.mmioMapFree, self[entry: d, p] == .free) else { return .refused(.mmioMapFree) }
    guard book.law.holds(.mmioMapMetadata, self[metadata: d, frame] == .data) else { return .refused(.mmioMapMetadata) }
    self[entry: d, p] = .mmioPending
    self[frame: d, p] = frame
    self[metadata: d, frame] = .mapped
    return .accepted
  }

  /// TDG.MMIO.ACCEPT. The guest passes the address that it expects, obfuscated by the reporting offset: the answer to remapping.
  @inlinable public mutating func acceptMMIO(_ d: UInt8, _ p: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard guestIsRunning else { return .refused(.notNow) }
    guard book.law.holds(.guestChecksBeforeAccept, self[evidence: d].looksChecked) else { return .refused(.guestChecksBeforeAccept) }
    // Returned before the address is compared, for any accessible leaf: it proves nothing about the page.
    guard book.law.holds(.mmioAcceptNew, !self[entry: d, p].isAccessible) else { return .refused(.mmioAcceptNew) }
    guard book.law.holds(.mmioAcceptPending, self[entry: d, p] == .mmioPending || self[entry: d, p].isAccessible)
    else { return .refused(.mmioAcceptPending) }
    guard book.law.holds(.mmioAcceptHPA, self[frame: d, p] == p) else { return .refused(.mmioAcceptHPA) }
    self[entry: d, p] = .mmioMapped
    return .accepted
  }

  /// TDH.MMIO.BLOCK takes access away and stamps the epoch. It does not look at TDISP.
  @inlinable public mutating func blockMMIO(_ d: UInt8, _ p: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.mmioBlockAlive, isOperable) else { return .refused(.mmioBlockAlive) }
    guard book.law.holds(.mmioBlockMapped, self[entry: d, p] == .mmioMapped || self[entry: d, p] == .mmioPending)
    else { return .refused(.mmioBlockMapped) }
    self[entry: d, p] = .mmioBlocked
    self[stamp: d, p] = .current
    return .accepted
  }

  /// TDH.MMIO.UNMAP: blocked, no CPU and no IOMMU can still hold the translation, and the interface is recorded as stopped.
  @inlinable public mutating func unmapMMIO(_ d: UInt8, _ p: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.mmioUnmapAlive, isOperable) else { return .refused(.mmioUnmapAlive) }
    guard book.law.holds(.mmioUnmapBlocked, self[entry: d, p] == .mmioBlocked) else { return .refused(.mmioUnmapBlocked) }
    // Before the TD runs nothing can have cached the translation (TDX module, TD life cycle).
    let isTracking = vmLife != .building
    guard book.law.holds(.mmioUnmapTLB, !isTracking || isTLBTracked(self[stamp: d, p])) else { return .refused(.mmioUnmapTLB) }
    guard book.law.holds(.mmioUnmapIOTLB, !isTracking || isIOTLBTracked(self[stamp: d, p])) else { return .refused(.mmioUnmapIOTLB) }
    guard book.law.holds(.mmioUnmapStopped, isRecordedStopped(d)) else { return .refused(.mmioUnmapStopped) }
    let page = self[frame: d, p]
    // A running device's own requests to the page are lost with its mapping, and nobody is told.
    let isLost = self[interface: d] == .run && !flag(.vmmMisbehaved)
    self[entry: d, p] = .free
    self[stamp: d, p] = .current
    self[frame: d, p] = 0
    self[metadata: d, page] = .data
    return book.accepted(unless: book.parameters.strictDMA && isLost, .dmaDroppedUnseen)
  }
}
