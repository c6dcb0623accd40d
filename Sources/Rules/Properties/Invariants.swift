/// Properties of a state. Those of a step are judged where the step is performed.
extension Stage {
  /// The first property that this state breaks of those that are asked for, or nil.
  @inlinable public func brokenProperty(_ book: borrowing Rulebook) -> Property? { brokenInBooks(book) ?? brokenAtRest(book) }

  /// What has to hold whatever the kernel is in the middle of.
  @inlinable public func brokenInBooks(_ book: borrowing Rulebook) -> Property? {
    for d in 0..<book.bounds.devices {
      if let broken = brokenInBooks(of: d, book) { return broken }
    }
    return nil
  }

  /// What has to hold of devices that no kernel task is busy with, of memory and of importers.
  @inlinable @inline(__always) public func brokenAtRest(_ book: borrowing Rulebook) -> Property? {
    for d in 0..<book.bounds.devices where !isBusy(d) {
      if let broken = brokenAtRest(of: d, book) { return broken }
    }
    for m in 0..<book.bounds.memory where book.breaks(.booksContradict, memoryContradicts(m)) { return .booksContradict }
    let devices = book.bounds.devices
    for i in 0..<book.bounds.importers where self[importer: i] == .mapped && !answers(i % devices) {
      if book.breaks(.importerUsesRevokedBuffer, flag(.importerIsUsing, i)) { return .importerUsesRevokedBuffer }
      // Until it has unmapped, an importer that starts nothing new may still read ahead and throw away what it reads: dma-buf.rst.
      if book.asked.contains(.accessToDisabledFunction) { return .accessToDisabledFunction }
    }
    return nil
  }

  /// The firmware's books of a TD that it found fatal are closed with the TD. The kernel's are not.
  @inlinable var isFatal: Bool { vmEnd == .machineCheck && vmLife != .released }

  @inlinable func brokenInBooks(of d: UInt8, _ book: borrowing Rulebook) -> Property? {
    if !isFatal {
      if book.breaks(.interfaceHasTwoOwners, self[bindingOwner: d] == .both) { return .interfaceHasTwoOwners }
      if let broken = brokenPageProperty(d, book) { return broken }
      if book.breaks(.booksContradict, interfaceContradicts(d) || contextContradicts(d, book)) { return .booksContradict }
    }
    guard book.cast != .untrustedHost else { return nil }
    if book.breaks(.booksContradict, kernelContradicts(d, book)) { return .booksContradict }
    // What the VMM's page tables lead to its CPU reaches at any time: VFIO zaps before it switches off, and maps nothing until it is on.
    return book.breaks(.accessToDisabledFunction, flag(.hostMapping, d) && !answers(d)) ? .accessToDisabledFunction : nil
  }

  @inlinable @inline(__always) func brokenAtRest(of d: UInt8, _ book: borrowing Rulebook) -> Property? {
    guard book.cast != .untrustedHost else { return nil }
    if book.breaks(.notReleased, isHalfConnected(d) || isLockedForNobody(d)) { return .notReleased }
    if !flag(.isOpen, d) { return book.breaks(.notReleased, leavesSomething(d, isFatal, book)) ? .notReleased : nil }
    // What its guest touches there is faulted in privately for ever, and there is no interface to be it. A reset that nobody ends is
    // no excuse for a buffer that stays revoked.
    let isForsaken = flag(.slotIsPrivate, d) && flag(.slot, d) && !flag(.isBound, d) && guestMayRun && book.cast == .behaved
    if book.breaks(.slotStaysPrivate, isForsaken) { return .slotStaysPrivate }
    let isBack = answers(d) || flag(.inReset, d)
    let staysRevoked = flag(.bufferIsRevoked, d) && flag(.bufferIsExported, d) && isBack
    if book.breaks(.bufferStaysRevoked, staysRevoked) { return .bufferStaysRevoked }
    return book.breaks(.booksContradict, mirrorContradicts(d, book)) ? .booksContradict : nil
  }

  /// KVM's mirror of the secure EPT says what is there: it is what the fault path goes by, and what is zapped. Of a VM that has ended the
  /// mirror goes at once and the entries with its teardown, which owes that there is nothing left of either.
  @inlinable func mirrorContradicts(_ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    guard vmEnd == .none else { return false }
    for p in 0..<book.bounds.pages where self[mirror: d, p] != (self[entry: d, p] != .free) { return true }
    return false
  }

  /// Secure EPT and MMIO metadata table: every entry has its page declared, every declared-as-mapped page its one entry.
  @inlinable func brokenPageProperty(_ d: UInt8, _ book: borrowing Rulebook) -> Property? {
    let hasOwner = self[bindingOwner: d] != .none
    var seen: UInt64 = 0, mapped: UInt64 = 0
    for p in 0..<book.bounds.pages {
      let entry = self[entry: d, p], declared = self[metadata: d, p]
      if declared == .mapped { mapped |= 1 &<< UInt64(p) }
      if book.breaks(.booksContradict, !hasOwner && declared == .mapped) { return .booksContradict }
      guard entry != .free else { continue }
      let page = self[frame: d, p]
      if book.breaks(.booksContradict, self[stamp: d, p] != .current && entry != .mmioBlocked) { return .booksContradict }
      if book.breaks(.privateMappingOutlivesInterface, !hasOwner && isUsablePrivately(d, p)) { return .privateMappingOutlivesInterface }
      if book.breaks(.booksContradict, !hasOwner) { return .booksContradict }
      if book.breaks(.wrongPageAccepted, entry == .mmioMapped && page != p) { return .wrongPageAccepted }
      if book.breaks(.pageMappedTwice, seen &>> UInt64(page) & 1 != 0) { return .pageMappedTwice }
      seen |= 1 &<< UInt64(page)
    }
    return book.breaks(.booksContradict, seen != mapped) ? .booksContradict : nil
  }

  /// The interface: its record against what the device has really answered, its session and its stream.
  @inlinable func interfaceContradicts(_ d: UInt8) -> Bool {
    let actual = self[interface: d], recorded = self[recorded: d]
    // What a locked interface tracks cannot have gone while it still calls itself locked.
    if actual.isLocked, !answers(d) || flag(.streamIsInsecure, d) { return true }
    guard self[bindingOwner: d] != .none else {
      return actual == .run || self[request: d] != .none || flag(.isValid, d) || self[dmar: d].isAccepted
    }
    if vmLife.isGone { return true }
    if self[session: d] != .connected || self[stream: d] == .absent || isStarting(d) { return true }
    let answered = self[answer: d].isFromDevice, request = self[request: d]
    // The record may lag behind the device by the one answer that is not yet processed, and behind an ERROR; an object that was
    // removed and made again begins as UNLOCKED whatever the device is in.
    switch recorded {
    case .unlocked, .error: return false
    case .locked: return actual == .configUnlocked && !(answered && request == .stop)
    case .run: return actual == .configLocked || (actual == .configUnlocked && !(answered && request == .stop))
    }
  }

  /// A stamp is a blocked entry's; a TD that is gone has no memory.
  @inlinable func memoryContradicts(_ m: UInt8) -> Bool {
    let entry = self[memoryEntry: m]
    return (self[memoryStamp: m] != .current && !entry.isBlocked) || (entry != .free && vmLife == .released)
  }

  /// The trusted DMA entry, its invalidation and what the IOMMU caches; the session under the stream, and its keys; the vCPU in its TD.
  @inlinable func contextContradicts(_ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    if self[dmarInvalidation: d] != .pending, !self[dmar: d].isBlocked { return true }
    if self[stream: d] != .absent, self[session: d] != .connected { return true }
    if self[stream: d] == .absent, self[streamKeys: d] != 0 { return true }
    if self[stream: d] == .ready, self[streamKeys: d] != IDEStream.keyCount { return true }
    if self[stream: d] == .rxOnly, self[streamKeys: d] < IDEStream.keyCount / 2 { return true }
    if exchangeContradicts(d) { return true }
    if vcpu.isInside, vmLife != .runnable { return true }
    // A VM that has ended does not begin again.
    if vmEnd != .none, vmLife == .runnable || vmLife == .building { return true }
    return vmLife.isGone && (flag(.contextIsCached, d) || isInIOTLB(d, book) || flag(.iotlbFlushIsQueued))
  }

  /// The kernel's objects: what is bound belongs to a VM, a slot lies over a live buffer that the host does not map.
  @inlinable func kernelContradicts(_ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    let hasSlot = flag(.slot, d), hasVM = flag(.holdsVM, d), isBound = flag(.isBound, d)
    if isBound, !hasVM || self[vdevice: d] != .present { return true }
    if self[vdevice: d] == .present, !flag(.viommuExists, d) { return true }
    if hasSlot, !hasVM || !flag(.bufferIsExported, d) { return true }
    if flag(.hostMapping, d), hasSlot || isBound { return true }
    if !hasSlot { for p in 0..<book.bounds.pages where self[isShared: d, p] { return true } }
    return false
  }

  /// Session and stream come together and go together: what is left of half of it stands in the way of the next connect. TDX Connect, life
  /// cycle. A VMM that misbehaves may have spoilt the mailbox, and then what is left is left.
  @inlinable func isHalfConnected(_ d: UInt8) -> Bool {
    let isWhole = self[session: d] == .none ? self[stream: d] == .absent : self[session: d] == .connected && self[stream: d] == .ready
    return !isWhole && !flag(.vmmMisbehaved)
  }

  /// A device that is locked, or was and is in ERROR, and that no object of the firmware's is for: nobody can stop it any more, and the next
  /// LOCK is an error of TDISP. PCIe 6.0 section 11.3.8.
  @inlinable func isLockedForNobody(_ d: UInt8) -> Bool {
    self[bindingOwner: d] == .none && self[interface: d] != .configUnlocked && !flag(.vmmMisbehaved)
  }

  /// What a closed device must not have left behind. What the firmware keeps of a fatal TD goes with the TD.
  @inlinable func leavesSomething(_ d: UInt8, _ isFatal: Bool, _ book: borrowing Rulebook) -> Bool {
    if flag(.isBound, d) || flag(.holdsVM, d) || self[vdevice: d] == .present || flag(.viommuExists, d) || flag(.bufferIsExported, d)
      || flag(.hostMapping, d)
    {
      return true
    }
    // Nobody has it: it must neither answer nor send, nor be away for ever. Linux 7.1, vfio_pci_core_disable.
    if flag(.memoryEnabled, d) || flag(.busMaster, d) || flag(.inReset, d) { return true }
    for p in 0..<book.bounds.pages where self[mirror: d, p] || self[isShared: d, p] { return true }
    if anyImporterMaps(d, book) { return true }
    if isFatal { return false }
    for p in 0..<book.bounds.pages where self[entry: d, p] != .free || self[metadata: d, p] != .absent { return true }
    return self[bindingOwner: d] == .vm || self[dmar: d] != .free
  }
}
