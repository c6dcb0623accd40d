/// TLB tracking by epochs. Only differences to the current epoch are kept, so that the explorer sees finitely many worlds.
/// TDX module, TLB tracking.
extension Stage {
  /// TDH.MEM.TRACK: a new epoch begins. What was blocked in the old one becomes removable when no vCPU of it is left inside.
  @inlinable public mutating func track(_ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.trackAlive, isOperable) else { return .refused(.trackAlive) }
    guard book.law.holds(.trackTLBEpoch, vcpu != .insidePrevious) else { return .refused(.trackTLBEpoch) }
    guard book.law.holds(.trackIOTLBEpoch, !flag(.iotlbEpochIsOpen)) else { return .refused(.trackIOTLBEpoch) }
    for d in 0..<book.bounds.devices {
      for p in 0..<book.bounds.pages where self[entry: d, p] == .mmioBlocked { self[stamp: d, p] = self[stamp: d, p].next }
    }
    for m in 0..<book.bounds.memory where self[memoryEntry: m].isBlocked { self[memoryStamp: m] = self[memoryStamp: m].next }
    switch vcpu {
    case .insideCurrent: vcpu = .insidePrevious
    case .outside: vcpu = .outsideStale
    case .outsideStale, .insidePrevious: break
    }
    if countsForIOTLB(book) { set(.iotlbEpochIsOpen, 0, true) }
    return .accepted
  }

  /// Whether an IOMMU is in the TD's count, so that an epoch of its IOTLB begins with TRACK and an invalidation ends it.
  @inlinable func countsForIOTLB(_ book: borrowing Rulebook) -> Bool {
    book.parameters.iotlbEpochNeedsAcceptedDMA ? anyAcceptedDMA(book) : anyInterface(book)
  }

  @inlinable public func isTLBTracked(_ age: EpochAge) -> Bool { age == .older || (age == .previous && vcpu != .insidePrevious) }
  @inlinable public func isIOTLBTracked(_ age: EpochAge) -> Bool { age == .older || (age == .previous && !flag(.iotlbEpochIsOpen)) }

  @inlinable func anyInterface(_ book: borrowing Rulebook) -> Bool {
    for d in 0..<book.bounds.devices where self[bindingOwner: d] != .none { return true }
    return false
  }

  /// KVM asks every vCPU of the old epoch to leave. An access that is under way ends first.
  @inlinable public mutating func kick(_ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.kickAcknowledged, vcpu != .insidePrevious || accessKind == .none) else { return .refused(.kickAcknowledged) }
    if vcpu == .insidePrevious { vcpu = .outsideStale }
    return .accepted
  }

  /// TDH.VP.ENTER samples the epoch and, where it has changed, flushes what the vCPU had cached.
  @inlinable public mutating func enter(_ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.enterOutside, !vcpu.isInside) else { return .refused(.enterOutside) }
    guard book.law.holds(.enterRunnable, vmLife == .runnable) else { return .refused(.enterRunnable) }
    guard flag(.vmmIsAlive) else { return .refused(.notNow) }
    if vcpu == .outsideStale, !book.law.isDropped(.enterFlushes) {
      for d in 0..<book.bounds.devices { for p in 0..<book.bounds.pages { self[tlb: d, p] = .none } }
      for m in 0..<book.bounds.memory { self[memoryTLB: m] = .none }
    }
    vcpu = .insideCurrent
    return .accepted
  }

  @inlinable var guestMayRun: Bool { vmLife == .runnable && flag(.vmmIsAlive) }
  @inlinable public var guestIsRunning: Bool { vcpu.isInside && vmLife == .runnable && flag(.vmmIsAlive) }
}
