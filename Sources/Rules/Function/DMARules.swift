/// The device's own transfers: issued under the interface's rule, completed or lost at the IOMMU.
extension Stage {
  @inlinable public mutating func startDMA(_ d: UInt8, trusted: Bool, _ book: borrowing Rulebook) -> Outcome {
    guard self[dma: d] == .none else { return .refused(.notNow) }
    guard book.law.holds(.issueBusMaster, flag(.busMaster, d)) else { return .refused(.issueBusMaster) }
    guard book.law.holds(.issuePower, self[power: d] == .d0) else { return .refused(.issuePower) }
    guard book.law.holds(.issueReset, !flag(.inReset, d)) else { return .refused(.issueReset) }
    if case .refused(let why) = tdi(d).issue(tBit: trusted, under: book.law) { return .refused(why) }
    self[dma: d] = trusted ? .trusted : .shared
    return .accepted
  }

  /// A request of the device's own, T=0, issued and completed at once: whether it may leave the function at all.
  @inlinable public func sendShared(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    var copy = self
    guard copy[dma: d] == .none else { return .refused(.notNow) }
    if case .refused(let why) = copy.startDMA(d, trusted: false, book) { return .refused(why) }
    if book.breaks(.privateByteLeaks, flag(.holdsSecrets, d)) { return .violated(.privateByteLeaks) }
    let isDisabled = !flag(.busMaster, d) || flag(.inReset, d) || self[power: d] != .d0
    return book.accepted(unless: isDisabled, .accessToDisabledFunction)
  }

  /// A trusted transfer at guest memory `m` reaches the IOMMU.
  @inlinable public mutating func finishTrustedDMA(_ d: UInt8, memory m: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard self[dma: d] == .trusted else { return .refused(.notNow) }
    self[dma: d] = .none
    let entry = self[memoryEntry: m], isCached = isInIOTLB(d, m)
    // A request finds its context first, in the cache or in the table, and under it a page.
    let hasContext = flag(.contextIsCached, d), isPresent = self[dmar: d] == .present
    let finds = book.law.holds(.iommuTrusted, hasContext || isPresent)
    if finds { set(.contextIsCached, d, true) }
    guard finds, isCached || entry == .mapped else {
      let unseen = book.parameters.strictDMA && self[interface: d] == .run && !flag(.vmmMisbehaved)
      return book.breaks(.dmaDroppedUnseen, unseen) ? .violated(.dmaDroppedUnseen) : .failed(.iommuTrusted)
    }
    // A transfer that the guest never agreed to has read its memory.
    if book.breaks(.privateByteLeaks, !hasContext && !isPresent) { return .violated(.privateByteLeaks) }
    let isStale = (hasContext && self[dmar: d] == .free) || (isCached && entry != .mapped && entry != .blocked)
    if book.breaks(.staleTranslationUsed, isStale) { return .violated(.staleTranslationUsed) }
    self[.memoryIOTLB, Int(m)] |= 1 &<< UInt16(d)
    set(.holdsSecrets, d, true)
    return .accepted
  }

  /// A shared transfer goes through the IOMMU's own table, to memory that everybody may see.
  @inlinable public mutating func finishSharedDMA(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard self[dma: d] == .shared else { return .refused(.notNow) }
    self[dma: d] = .none
    return book.accepted(unless: flag(.holdsSecrets, d), .privateByteLeaks)
  }
}

/// What the IOMMU has cached of a device's trusted walks: its context, and a translation for each unit of memory that it reached.
extension Stage {
  @inlinable public func isInIOTLB(_ d: UInt8, _ m: UInt8) -> Bool { self[.memoryIOTLB, Int(m)] &>> UInt16(d) & 1 != 0 }

  @inlinable public func isInIOTLB(_ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    for m in 0..<book.bounds.memory where isInIOTLB(d, m) { return true }
    return false
  }

  @inlinable mutating func forgetIOTLB(of d: UInt8, _ book: borrowing Rulebook) {
    for m in 0..<book.bounds.memory { self[.memoryIOTLB, Int(m)] &= ~(1 &<< UInt16(d)) }
  }
}
