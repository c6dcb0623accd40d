extension Stage {
  /// The one door: everything that happens in a world happens through here. Refused: nothing changed.
  @inlinable public mutating func perform(_ action: Action, _ book: borrowing Rulebook) -> Outcome {
    switch action {
    case .advance(let t): return advance(t, book)
    case .failStep(let procedure, let t): return failStep(of: t, in: procedure, book)
    case .request(let procedure, let d, let p): return request(procedure, d, p, book)
    case .crashVMM: return crashVMM(book)
    case .misbehave:
      guard !flag(.vmmMisbehaved) else { return .refused(.notNow) }
      set(.vmmMisbehaved, 0, true)
      return .accepted
    case .enterVCPU: return enter(book)
    case .validate(let d): return validate(d, infoMatches: true, book)
    case .validateOther(let d): return validate(d, infoMatches: false, book)
    case .askReport(let d): return guestRequest(.report, d, book)
    case .askStart(let d): return guestRequest(.start, d, book)
    case .collect(let d): return collect(d, book)
    case .checkEvidence(let d): return checkEvidence(d, book)
    case .acceptMMIO(let d, let p): return acceptMMIO(d, p, book)
    case .acceptDMA(let d): return acceptDMA(d, book)
    case .beginAccess(let d, let p, let secure): return beginAccess(d, p, secure: secure, book)
    case .endAccess: return endAccess()
    case .acceptMemory(let m): return acceptMemory(m, book)
    case .guestReads(let m): return guestReadsMemory(m, book)
    case .guestWrites(let m): return guestWritesMemory(m, book)
    case .startDMA(let d, let trusted): return startDMA(d, trusted: trusted, book)
    case .finishTrustedDMA(let d, let m): return finishTrustedDMA(d, memory: m, book)
    case .finishSharedDMA(let d): return finishSharedDMA(d, book)
    case .sendShared(let d): return sendShared(d, book)
    case .attach(let i): return attach(i, ImporterAbilities(), book)
    case .attachPinned(let i): return attach(i, ImporterAbilities(bearsRevocation: false), book)
    case .map(let i): return mapBuffer(i, book)
    case .use(let i): return use(i, book)
    case .finish(let i): return finish(i)
    case .unmap(let i): return unmapBuffer(i, book)
    case .detach(let i): return detach(i)
    case .hostTouchesPage(let d, let p), .peerTouchesPage(let d, let p): return touchPage(d, p, book)
    case .hostReads(let m): return hostReadsMemory(m, book)
    case .hostWrites(let m): return hostWritesMemory(m)
    case .peerTouches(let m): return peerTouchesMemory(m, book)
    case .call(let step, let d, let p): return callDirectly(step, d, p, book)
    case .mapByHost(let d): return mapByHost(d, book)
    case .addFlawedSlot(let d, let flaw): return addFlawedSlot(d, flaw, book)
    case .cycleBusMaster(let d): return cycleBusMaster(d, book)
    case .setInterrupts(let d): return setInterrupts(d, book)
    case .spoilMailbox(let d): return spoilMailbox(d, book)
    case .foreignBind(let d): return foreignBind(d, book)
    case .mapWrongPage(let d, let p, let f): return mapMMIO(d, p, frame: f, book)
    case .streamInsecure(let d):
      guard self[stream: d] != .absent, !flag(.streamIsInsecure, d) else { return .refused(.notNow) }
      return streamBecomesInsecure(d, book)
    }
  }

  /// A call made outside any procedure: by a hostile VMM through its own ioctls, or by an untrusted host.
  @inlinable mutating func callDirectly(_ step: Step, _ d: UInt8, _ p: UInt8, _ book: borrowing Rulebook) -> Outcome {
    if book.cast == .hostileVMM, let refused = refusedIoctl(d, book) { return refused }
    return run(step, task: 0, d, p, book)
  }

  /// The same ioctl as `kvm.add-slot`, with arguments that KVM must not take.
  @inlinable mutating func addFlawedSlot(_ d: UInt8, _ flaw: SlotFlaw, _ book: borrowing Rulebook) -> Outcome {
    guard flag(.vmmIsAlive), !lacksDescriptor(d, book) else { return .refused(.notNow) }
    return addSlot(d, SlotRequest(flaw), book)
  }

  /// Two writes to the command register by whoever has the device open. Clearing the bit is what counts. While it is clear the device
  /// can do less and nobody can do more, so a world in which it stays clear has nothing to show that this one has not.
  @inlinable mutating func cycleBusMaster(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard flag(.busMaster, d) else { return .refused(.notNow) }
    if let refused = refusedIoctl(d, book) { return refused }
    let outcome = setBusMaster(d, false, book)
    set(.busMaster, d, true)
    return outcome
  }

  /// Whoever has the device open asks for interrupts, and the kernel writes the MSI-X capability. That is tracked where the table was locked
  /// with the interface, and allowed otherwise. PCIe 6.0 section 11.2.6.
  @inlinable mutating func setInterrupts(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    if let refused = refusedIoctl(d, book) { return refused }
    let change: TrackedChange = book.parameters.locksMessages ? .msixWrittenWhileLocked : .msixWrittenWhileNotLocked
    guard change.entersError, self[interface: d].isLocked else { return .accepted }
    return loseDMA(d, by: change, book)
  }

  /// Whoever has the device open writes GO to the mailbox while nothing is in it, and no check of VFIO's stands in the way: an extended
  /// capability that it does not know it hides, and passes the bytes on. Linux 7.1, vfio_pci_config.c (`unassigned_perms`); PCIe 6.0
  /// section 6.30.
  @inlinable mutating func spoilMailbox(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    if let refused = refusedIoctl(d, book) { return refused }
    guard !self[answer: d].isFromDevice, !flag(.inReset, d) else { return .refused(.notNow) }
    self[answer: d] = .mailboxError
    set(.vmmMisbehaved, 0, true)
    return .accepted
  }

  /// What a call through the descriptor comes to where there is none.
  @inlinable func refusedIoctl(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome? {
    guard flag(.vmmIsAlive), !lacksDescriptor(d, book) else { return .refused(.notNow) }
    guard book.law.holds(.ioctlOpen, flag(.isOpen, d)) else { return .refused(.ioctlOpen) }
    return nil
  }

  /// Another VM wants the interface that this one has.
  @inlinable mutating func foreignBind(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    // It is only interesting while somebody has it; a foreign tenant alone is another world.
    guard self[bindingOwner: d] == .vm else { return .refused(.notNow) }
    return createInterface(d, for: .foreign, book)
  }
}
