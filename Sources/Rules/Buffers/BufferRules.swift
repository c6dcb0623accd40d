/// A VFIO buffer: exported ranges of a BAR, revoked and restored under the reservation. dma-buf.rst; Linux 7.1, VFIO and iommufd.
extension Stage {
  @inlinable public mutating func exportBuffer(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.exportRegistered, flag(.isOpen, d)) else { return .refused(.exportRegistered) }
    guard book.law.holds(.exportOnce, !flag(.bufferIsExported, d)) else { return .refused(.exportOnce) }
    set(.bufferIsExported, d, true)
    // A buffer of a function that is not enabled starts its life revoked.
    set(.bufferIsRevoked, d, !isEnabled(d))
    return .accepted
  }

  /// The first half of a revocation: from here on nobody gets a new mapping.
  @inlinable public mutating func markRevoked(_ d: UInt8, by task: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.revokeReservation, self[.reservation, Int(d)] == UInt16(task) &+ 1) else { return .refused(.revokeReservation) }
    set(.bufferIsRevoked, d, true)
    return .accepted
  }

  /// dma_buf_invalidate_mappings: every importer that has the callback hears it, and starts nothing new.
  @inlinable public mutating func invalidateImporters(_ d: UInt8, by task: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.revokeReservation, self[.reservation, Int(d)] == UInt16(task) &+ 1) else { return .refused(.revokeReservation) }
    for i in 0..<book.bounds.importers where imports(i, d, book) && self[importer: i] == .mapped && !flag(.importerIsPinned, i) {
      set(.importerIsInvalidated, i, true)
    }
    return .accepted
  }

  /// The first wait: what importers had started is finished, BOOKKEEP fences included.
  @inlinable public func waitForFences(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    book.law.holds(.fencesSignalled, !anyImporterUses(d, book)) ? .accepted : .refused(.fencesSignalled)
  }

  /// The second wait: every mapping is gone.
  @inlinable public func waitForMappings(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    book.law.holds(.mappingsGone, !anyImporterMaps(d, book)) ? .accepted : .refused(.mappingsGone)
  }

  /// Un-revocation: only where the function is enabled, as far as VFIO looks.
  @inlinable public mutating func restoreBuffer(_ d: UInt8, by task: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.restoreReservation, self[.reservation, Int(d)] == UInt16(task) &+ 1) else { return .refused(.restoreReservation) }
    guard book.law.holds(.restoreExported, flag(.bufferIsExported, d)) else { return .refused(.restoreExported) }
    guard book.law.holds(.restoreEnabled, isEnabled(d)) else { return .refused(.restoreEnabled) }
    // What was under way when the revocation came is what it was to wait for.
    let isEarly = flag(.bufferIsRevoked, d) && anyToldImporterUses(d, book)
    set(.bufferIsRevoked, d, false)
    return book.accepted(unless: isEarly, .importerUsesRevokedBuffer)
  }

  /// The exporter's device goes away: the buffer stays dead, whoever still holds its file.
  @inlinable public mutating func cleanUpBuffer(_ d: UInt8) -> Outcome {
    set(.bufferIsExported, d, false)
    set(.bufferIsRevoked, d, true)
    // A slot over a dead buffer never faults again; a later export is another buffer.
    set(.slot, d, false)
    return .accepted
  }

  @inlinable @inline(__always) public func imports(_ i: UInt8, _ d: UInt8, _ book: borrowing Rulebook) -> Bool { i % book.bounds.devices == d }

  @inlinable public func anyImporterUses(_ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    for i in 0..<book.bounds.importers where imports(i, d, book) && flag(.importerIsUsing, i) { return true }
    return false
  }

  @inlinable func anyToldImporterUses(_ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    for i in 0..<book.bounds.importers where imports(i, d, book) && flag(.importerIsInvalidated, i) && flag(.importerIsUsing, i) { return true }
    return false
  }

  /// Somebody can still come to the BAR's TEE pages with T=0: an importer, or the guest through KVM's shared entries and what a vCPU
  /// has cached of them.
  @inlinable func anySharedReach(_ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    for p in 0..<book.bounds.pages where book.parameters.isTEE(p) && (self[isShared: d, p] || self[tlb: d, p] == .shared) { return true }
    return anyImporterMaps(d, book)
  }

  @inlinable public func anyImporterMaps(_ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    for i in 0..<book.bounds.importers where imports(i, d, book) && self[importer: i] == .mapped { return true }
    return false
  }
}
