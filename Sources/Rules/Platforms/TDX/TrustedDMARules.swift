/// Trusted DMA: the DMAR entry that leads a T=1 request to the TD's secure EPT, and its invalidation. TDX Connect, trusted DMA.
extension Stage {
  @inlinable public mutating func addDMA(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.dmarAddInterface, self[bindingOwner: d] == .vm || self[bindingOwner: d] == .both)
    else { return .refused(.dmarAddInterface) }
    guard book.law.holds(.dmarAddFree, self[dmar: d] == .free) else { return .refused(.dmarAddFree) }
    self[dmar: d] = .pending
    return .accepted
  }

  @inlinable public mutating func acceptDMA(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard guestIsRunning else { return .refused(.notNow) }
    guard book.law.holds(.guestChecksBeforeAccept, self[evidence: d].looksChecked) else { return .refused(.guestChecksBeforeAccept) }
    guard book.law.holds(.dmarAcceptPending, self[dmar: d] == .pending || self[dmar: d] == .present) else { return .refused(.dmarAcceptPending) }
    guard book.law.holds(.dmarAcceptValid, flag(.isValid, d)) else { return .refused(.dmarAcceptValid) }
    let inRunToo = book.parameters.dmaMayBeAcceptedInRun
    let inTime = self[recorded: d] == .locked || (inRunToo && self[recorded: d] == .run)
    guard book.law.holds(.dmarAcceptLocked, inTime) else { return .refused(.dmarAcceptLocked) }
    self[dmar: d] = .present
    return .accepted
  }

  @inlinable public mutating func blockDMA(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.dmarBlockInterface, self[bindingOwner: d] != .none) else { return .refused(.dmarBlockInterface) }
    guard book.law.holds(.dmarBlockPresent, self[dmar: d] == .pending || self[dmar: d] == .present)
    else { return .refused(.dmarBlockPresent) }
    self[dmar: d] = self[dmar: d] == .pending ? .pendingBlocked : .blocked
    self[dmarInvalidation: d] = .pending
    return .accepted
  }

  /// TDH.IQINV.REQ for the device's PASID entry.
  @inlinable public mutating func queueEntryInvalidation(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let legal = self[dmar: d].isBlocked && self[dmarInvalidation: d] == .pending
    guard book.law.holds(.invalidateBlocked, legal) else { return .refused(.invalidateBlocked) }
    self[dmarInvalidation: d] = .queued
    return .accepted
  }

  /// TDH.IQINV.REQ for the IOTLB of the TD. Where no MEM.TRACK has made it due it answers TDX_IOMMU_IOTLB_TRACKING_NOT_REQUIRED and
  /// queues nothing (TDX module, TDH.IQINV.REQ): an invalidation that comes before its TRACK is none. That the host takes this answer
  /// for a success is inferred.
  @inlinable public mutating func queueIOTLBInvalidation(_ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.invalidateAlive, isOperable) else { return .refused(.invalidateAlive) }
    guard flag(.iotlbEpochIsOpen), countsForIOTLB(book) else { return .accepted }
    guard book.law.holds(.invalidateIdle, !flag(.iotlbFlushIsQueued)) else { return .refused(.invalidateIdle) }
    // A second descriptor for one epoch: the count of the epoch goes below zero when both are retired.
    let isTwice = flag(.iotlbFlushIsQueued)
    set(.iotlbFlushIsQueued, 0, true)
    return book.accepted(unless: isTwice, .booksContradict)
  }

  /// TDH.IQINV.PROC retires what the IOMMU has done. The hardware may have done it at any time since REQ; that it does it now is the
  /// latest it can be, so nothing that a stale entry could still do is left out.
  @inlinable public mutating func processInvalidations(_ book: borrowing Rulebook) -> Outcome {
    let everything = flag(.iotlbFlushIsQueued)
    for d in 0..<book.bounds.devices {
      if self[dmarInvalidation: d] == .queued {
        self[dmarInvalidation: d] = .done
        // The entry's descriptor is followed by one for its translations (TDX module, TDH.IQINV.REQ).
        set(.contextIsCached, d, false)
        forgetIOTLB(of: d, book)
      }
      if everything { forgetIOTLB(of: d, book) }
    }
    if everything {
      set(.iotlbFlushIsQueued, 0, false)
      set(.iotlbEpochIsOpen, 0, false)
    }
    return .accepted
  }

  @inlinable public mutating func removeDMA(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.dmarRemoveBlocked, self[dmar: d].isBlocked) else { return .refused(.dmarRemoveBlocked) }
    guard book.law.holds(.dmarRemoveInvalidated, self[dmarInvalidation: d] == .done) else { return .refused(.dmarRemoveInvalidated) }
    guard book.law.holds(.dmarRemoveIOTLB, !flag(.iotlbEpochIsOpen) || !anyAcceptedDMA(book)) else { return .refused(.dmarRemoveIOTLB) }
    guard book.law.holds(.dmarRemoveInterface, self[bindingOwner: d] != .none) else { return .refused(.dmarRemoveInterface) }
    self[dmar: d] = .free
    self[dmarInvalidation: d] = .pending
    return .accepted
  }

  /// Any PASID entry of the TD that an IOMMU counts.
  @inlinable func anyAcceptedDMA(_ book: borrowing Rulebook) -> Bool {
    for d in 0..<book.bounds.devices where self[dmar: d].isAccepted { return true }
    return false
  }
}
