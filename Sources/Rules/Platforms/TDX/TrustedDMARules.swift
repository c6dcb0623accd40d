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
    self[dmar: d] = .blocked
    self[dmarInvalidation: d] = .pending
    return .accepted
  }

  /// TDH.IQINV.REQ for the device's PASID entry.
  @inlinable public mutating func queueEntryInvalidation(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let legal = self[dmar: d] == .blocked && self[dmarInvalidation: d] == .pending
    guard book.law.holds(.invalidateBlocked, legal) else { return .refused(.invalidateBlocked) }
    self[dmarInvalidation: d] = .queued
    return .accepted
  }

  /// TDH.IQINV.REQ for the IOTLB of the TD.
  @inlinable public mutating func queueIOTLBInvalidation(_ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.invalidateAlive, vmEnd != .machineCheck && vmLife != .blocked && vmLife != .released) else {
      return .refused(.invalidateAlive)
    }
    set(.iotlbFlushIsQueued, 0, true)
    return .accepted
  }

  /// TDH.IQINV.PROC retires what the IOMMU has done.
  @inlinable public mutating func processInvalidations(_ book: borrowing Rulebook) -> Outcome {
    let everything = flag(.iotlbFlushIsQueued)
    for d in 0..<book.bounds.devices {
      if self[dmarInvalidation: d] == .queued {
        self[dmarInvalidation: d] = .done
        set(.iotlbIsCached, d, false)
      }
      if everything { set(.iotlbIsCached, d, false) }
    }
    if everything {
      set(.iotlbFlushIsQueued, 0, false)
      set(.iotlbEpochIsOpen, 0, false)
    }
    return .accepted
  }

  @inlinable public mutating func removeDMA(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.dmarRemoveBlocked, self[dmar: d] == .blocked) else { return .refused(.dmarRemoveBlocked) }
    guard book.law.holds(.dmarRemoveInvalidated, self[dmarInvalidation: d] == .done) else { return .refused(.dmarRemoveInvalidated) }
    self[dmar: d] = .free
    self[dmarInvalidation: d] = .pending
    return .accepted
  }
}
