/// Private guest memory in the secure EPT. TDX Connect.
extension Stage {
  /// TDH.MEM.PAGE.ADD: measured into the TD before it first runs.
  @inlinable public mutating func addMemory(_ m: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.memoryAddBuilding, vmLife == .building) else { return .refused(.memoryAddBuilding) }
    guard book.law.holds(.memoryAddFree, self[memoryEntry: m] == .free) else { return .refused(.memoryAddFree) }
    self[memoryEntry: m] = .mapped
    // Memory that appears in a running TD, and that its guest never accepted.
    return book.accepted(unless: vmLife != .building, .wrongPageAccepted)
  }

  /// TDH.MEM.PAGE.AUG: the guest must accept what it gets.
  @inlinable public mutating func augmentMemory(_ m: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.memoryAugAlive, vmLife == .runnable) else { return .refused(.memoryAugAlive) }
    guard book.law.holds(.memoryAugFree, self[memoryEntry: m] == .free || self[memoryEntry: m] == .removed)
    else { return .refused(.memoryAugFree) }
    self[memoryEntry: m] = .pending
    return .accepted
  }

  /// TDG.MEM.PAGE.ACCEPT: the page is zeroed under the TD's key.
  @inlinable public mutating func acceptMemory(_ m: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard guestIsRunning else { return .refused(.notNow) }
    guard book.law.holds(.memoryAcceptPending, self[memoryEntry: m] == .pending) else { return .refused(.memoryAcceptPending) }
    self[memoryEntry: m] = .mapped
    set(.memoryIsPoisoned, m, false)
    return .accepted
  }

  @inlinable public mutating func blockMemory(_ m: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let entry = self[memoryEntry: m]
    guard book.law.holds(.memoryBlockMapped, entry == .mapped || entry == .pending) else { return .refused(.memoryBlockMapped) }
    self[memoryEntry: m] = entry == .pending ? .pendingBlocked : .blocked
    self[memoryStamp: m] = .current
    return .accepted
  }

  @inlinable public mutating func removeMemory(_ m: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.memoryRemoveBlocked, self[memoryEntry: m] == .blocked || self[memoryEntry: m] == .pendingBlocked)
    else { return .refused(.memoryRemoveBlocked) }
    // Before the TD runs nothing can have cached the translation (TDX module, TD life cycle).
    let isTracking = vmLife != .building
    guard book.law.holds(.memoryRemoveTLB, !isTracking || isTLBTracked(self[memoryStamp: m])) else { return .refused(.memoryRemoveTLB) }
    guard book.law.holds(.memoryRemoveIOTLB, !isTracking || isIOTLBTracked(self[memoryStamp: m]))
    else { return .refused(.memoryRemoveIOTLB) }
    self[memoryEntry: m] = .free
    self[memoryStamp: m] = .current
    set(.memoryIsPoisoned, m, false)
    return .accepted
  }
}
