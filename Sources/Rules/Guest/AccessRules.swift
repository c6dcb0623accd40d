/// Accesses. Each is decided once, at translation: who, with which T bit, through which entry, at which page.
extension Stage {
  /// The guest's load or store to a BAR page, through the shared or the private half of its address space.
  @inlinable public mutating func beginAccess(_ d: UInt8, _ p: UInt8, secure: Bool, _ book: borrowing Rulebook) -> Outcome {
    guard guestIsRunning else { return .refused(.notNow) }
    guard accessKind == .none else { return .refused(.notNow) }
    let cached = self[tlb: d, p]
    var isStale = false
    if secure {
      let entry = self[entry: d, p]
      guard book.law.holds(.accessTranslates, cached == .secure || entry == .mmioMapped) else { return .refused(.accessTranslates) }
      // Between BLOCK and the end of tracking a vCPU may still use what it had cached: the hardware is like that.
      isStale = entry != .mmioMapped && entry != .mmioBlocked
    } else {
      guard book.law.holds(.accessTranslates, cached == .shared || self[isShared: d, p]) else { return .refused(.accessTranslates) }
      // The same between a zap and its flush, which one holder of the reservation does.
      isStale = !self[isShared: d, p] && self[.reservation, Int(d)] == 0
    }
    if answers(d) {
      if case .refused(let why) = arrive(at: d, p, tBit: secure, book) {
        return book.breaks(.staleTranslationUsed, isStale) ? .violated(.staleTranslationUsed) : .refused(why)
      }
    }
    self[tlb: d, p] = secure ? .secure : .shared
    accessKind = secure ? .secure : .shared
    self[.accessDevice, 0] = UInt16(d)
    self[.accessPage, 0] = UInt16(p)
    if book.breaks(.staleTranslationUsed, isStale) { return .violated(.staleTranslationUsed) }
    // What the guest writes privately is for a running interface over its own stream, and for nobody else.
    let isHeard = answers(d) && secure && (self[interface: d] != .run || flag(.streamIsInsecure, d))
    if book.breaks(.privateByteLeaks, isHeard) { return .violated(.privateByteLeaks) }
    return book.accepted(unless: !answers(d), .accessToDisabledFunction)
  }

  /// A memory request at a function that answers: what its interface makes of it.
  @inlinable public func arrive(at d: UInt8, _ p: UInt8, tBit: Bool, _ book: borrowing Rulebook) -> Outcome {
    let request = MemoryRequest(isTEEPage: book.parameters.isTEE(p), tBit: tBit, isOnBoundStream: !flag(.streamIsInsecure, d))
    return tdi(d).receive(request, under: book.law)
  }

  @inlinable public mutating func endAccess() -> Outcome {
    guard accessKind != .none else { return .refused(.notNow) }
    accessKind = .none
    self[.accessDevice, 0] = 0
    self[.accessPage, 0] = 0
    return .accepted
  }

  /// The host's CPU, or a peer device, at a BAR page: T=0, whatever the address. It leaves no trace where it is rejected.
  @inlinable public func touchPage(_ d: UInt8, _ p: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.decodeEnabled, answers(d)) else { return .refused(.decodeEnabled) }
    if case .refused(let why) = arrive(at: d, p, tBit: false, book) { return .refused(why) }
    if book.breaks(.privateByteLeaks, book.parameters.isTEE(p) && flag(.holdsSecrets, d)) { return .violated(.privateByteLeaks) }
    return book.accepted(unless: !answers(d), .accessToDisabledFunction)
  }

  /// The host's CPU reads guest memory: of a line that a TD owns it gets zeros. TDX module, host access to TD memory.
  @inlinable public func hostReadsMemory(_ m: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let isOwned = self[memoryEntry: m] != .free
    guard book.law.holds(.encryptionKey, !isOwned) else { return .refused(.encryptionKey) }
    return book.accepted(unless: isOwned, .privateByteLeaks)
  }

  /// A peer's T=0 request at private memory: the shared table of the IOMMU never leads there.
  @inlinable public func peerTouchesMemory(_ m: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let isOwned = self[memoryEntry: m] != .free
    guard book.law.holds(.iommuPrivateNeedsT, !isOwned) else { return .refused(.iommuPrivateNeedsT) }
    return book.accepted(unless: isOwned, .privateByteLeaks)
  }

  /// The host's CPU writes a line that a TD owns: nothing stops it, and the line's owner bit is gone. TDX module, host access to TD memory.
  @inlinable public mutating func hostWritesMemory(_ m: UInt8) -> Outcome {
    if self[memoryEntry: m] != .free { set(.memoryIsPoisoned, m, true) }
    return .accepted
  }

  /// The guest reads its own memory. Poison is consumed: a machine check, and the TD is fatal.
  @inlinable public mutating func guestReadsMemory(_ m: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard guestIsRunning else { return .refused(.notNow) }
    let entry = self[memoryEntry: m], isCached = self[memoryTLB: m] == .secure
    guard book.law.holds(.accessTranslates, isCached || entry == .mapped) else { return .refused(.accessTranslates) }
    let isStale = entry != .mapped && entry != .blocked
    if book.breaks(.staleTranslationUsed, isStale) { return .violated(.staleTranslationUsed) }
    if flag(.memoryIsPoisoned, m) {
      endVM(by: .machineCheck, book)
      return .accepted
    }
    self[memoryTLB: m] = .secure
    return .accepted
  }

  /// The guest writes whole lines: it owns them again.
  @inlinable public mutating func guestWritesMemory(_ m: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard guestIsRunning else { return .refused(.notNow) }
    guard book.law.holds(.accessTranslates, self[memoryEntry: m] == .mapped) else { return .refused(.accessTranslates) }
    set(.memoryIsPoisoned, m, false)
    self[memoryTLB: m] = .secure
    return .accepted
  }
}
