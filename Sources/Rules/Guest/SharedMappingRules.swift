/// KVM's side of a slot over a buffer: the shared EPT, the mirror of the secure EPT, and the TLB. Linux 7.1, VFIO and iommufd; private-MMIO thread 2025.
extension Stage {
  /// The frame behind the slot, which is good only while the reservation is held.
  @inlinable public mutating func takeFrame(_ d: UInt8, task: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.faultSlot, flag(.slot, d)) else { return .refused(.faultSlot) }
    guard book.law.holds(.faultLive, !flag(.bufferIsRevoked, d)) else { return .refused(.faultLive) }
    set(.taskHoldsFrame, task, true)
    return .accepted
  }

  @inlinable public mutating func installShared(_ d: UInt8, _ p: UInt8, task: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.frameTaken, flag(.taskHoldsFrame, task)) else { return .refused(.frameTaken) }
    guard book.law.holds(.accessVisibility, !isPrivate(d, p, book)) else { return .refused(.accessVisibility) }
    set(.taskHoldsFrame, task, false)
    self[isShared: d, p] = true
    return .accepted
  }

  @inlinable public mutating func installMirror(_ d: UInt8, _ p: UInt8, task: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.frameTaken, flag(.taskHoldsFrame, task)) else { return .refused(.frameTaken) }
    guard book.law.holds(.accessVisibility, isPrivate(d, p, book)) else { return .refused(.accessVisibility) }
    set(.taskHoldsFrame, task, false)
    self[mirror: d, p] = true
    return .accepted
  }

  /// The guest's attribute for the page: private only where the interface report says TEE memory.
  @inlinable public func isPrivate(_ d: UInt8, _ p: UInt8, _ book: borrowing Rulebook) -> Bool {
    book.parameters.isTEE(p) && flag(.slotIsPrivate, d)
  }

  @inlinable public mutating func zapShared(_ d: UInt8, _ p: UInt8) -> Outcome {
    self[isShared: d, p] = false
    return .accepted
  }

  /// Remote TLB flush: an access that is under way through a shared entry ends first.
  @inlinable public mutating func flushShared(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.flushAcknowledged, !isInSharedAccess(d)) else { return .refused(.flushAcknowledged) }
    for p in 0..<book.bounds.pages where self[tlb: d, p] == .shared && !self[isShared: d, p] { self[tlb: d, p] = .none }
    return .accepted
  }

  /// Deleting the slot zaps and flushes in one hold of the MMU lock.
  @inlinable public mutating func deleteSlot(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard flag(.slot, d) else { return .refused(.notNow) }
    guard book.law.holds(.flushAcknowledged, !isInSharedAccess(d) && !isFrameHeld(d)) else { return .refused(.flushAcknowledged) }
    for p in 0..<book.bounds.pages {
      self[isShared: d, p] = false
      if self[tlb: d, p] == .shared { self[tlb: d, p] = .none }
    }
    set(.slot, d, false)
    return .accepted
  }

  /// A fault is between looking its frame up and writing its entry: the slots' SRCU is awaited.
  @inlinable func isFrameHeld(_ d: UInt8) -> Bool {
    for t in 0..<Bounds.tasks where flag(.taskHoldsFrame, t) && self[.taskDevice, Int(t)] == UInt16(d) { return true }
    return false
  }

  @inlinable public func isInSharedAccess(_ d: UInt8) -> Bool {
    accessKind == .shared && UInt8(truncatingIfNeeded: self[.accessDevice, 0]) == d
  }

  @inlinable public mutating func setVisibility(_ d: UInt8, isPrivate: Bool) -> Outcome {
    set(.slotIsPrivate, d, isPrivate)
    return .accepted
  }
}
