/// Who may start which procedure. What the kernel itself refuses is in the procedures' files; here is only that a caller exists,
/// has the device, and that an honest one does not call senselessly.
extension Stage {
  @inlinable public mutating func request(_ procedure: Procedure, _ d: UInt8, _ p: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard isIdle(0) || isIdle(1) else { return .refused(.notNow) }
    switch procedure {
    case .vmmCrash:
      // The kernel closes a dead process's files after the last call has returned.
      guard !flag(.vmmIsAlive), flag(.isOpen, d), !isInCall(d, book) else { return .refused(.notNow) }
    case .teardown:
      guard !flag(.vmmIsAlive), vmLife == .dead || vmLife == .runnable, !anyOpen(book), !isAnyInCall(book) else { return .refused(.notNow) }
    case .connect, .disconnect:
      // The TSM core's own, asked for by whoever administers the host; no VM is needed.
      guard !isUnderWay(procedure, d, book) else { return .refused(.notNow) }
    default:
      guard flag(.vmmIsAlive) else { return .refused(.notNow) }
      switch procedure {
      // A fault comes through the slot and not through the descriptor; it may meet a close.
      case .createVM, .open, .faultShared, .faultPrivate: break
      default: guard book.law.holds(.ioctlOpen, flag(.isOpen, d)) else { return .refused(.ioctlOpen) }
      }
      guard hasReason(procedure, d, p, book) else { return .refused(.notNow) }
      guard !isUnderWay(procedure, d, book) else { return .refused(.notNow) }
    }
    return start(procedure, d, page: p, book)
  }

  @inlinable func isUnderWay(_ procedure: Procedure, _ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    for t in 0..<Bounds.tasks where !isIdle(t) && self[.taskDevice, Int(t)] == UInt16(d) {
      let other = self.procedure(of: t, book)
      if other == procedure { return true }
      if other == .close || other == .open, !procedure.isFault { return true }
    }
    return false
  }

  /// Somebody is inside a procedure of device `d` that holds its file or its VM. The TSM core's own hold neither.
  @inlinable func isInCall(_ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    for t in 0..<Bounds.tasks where !isIdle(t) && self[.taskDevice, Int(t)] == UInt16(d) {
      let procedure = self.procedure(of: t, book)
      if procedure != .connect, procedure != .disconnect { return true }
    }
    return false
  }

  /// Somebody is in a call through the device's own file, which therefore nobody closes for the last time; a mapping of the BAR holds it just
  /// so. Bind and what belongs to it come through iommufd's, and faults through KVM's.
  @inlinable func isInCallThroughFile(_ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    for t in 0..<Bounds.tasks where !isIdle(t) && self[.taskDevice, Int(t)] == UInt16(d) {
      switch self.procedure(of: t, book) {
      case .export, .reset, .memoryOff, .memoryOn, .powerDown, .powerUp: return true
      default: break
      }
    }
    return false
  }

  @inlinable func isAnyInCall(_ book: borrowing Rulebook) -> Bool {
    for d in 0..<book.bounds.devices where isInCall(d, book) { return true }
    return false
  }

  /// Nobody can call through the descriptor: open has not returned it yet, or the last one is being closed.
  @inlinable func lacksDescriptor(_ d: UInt8, _ book: borrowing Rulebook) -> Bool { isUnderWay(.close, d, book) }

  @inlinable func anyOpen(_ book: borrowing Rulebook) -> Bool {
    for d in 0..<book.bounds.devices where flag(.isOpen, d) { return true }
    return false
  }

  @inlinable func hasReason(_ procedure: Procedure, _ d: UInt8, _ p: UInt8, _ book: borrowing Rulebook) -> Bool {
    // These are the guest's doing: an EPT violation of a running vCPU.
    switch procedure {
    case .faultShared: return !isPrivate(d, p, book) && guestIsRunning && !self[isShared: d, p] && flag(.slot, d)
    case .faultPrivate: return isPrivate(d, p, book) && guestIsRunning && self[entry: d, p] == .free && flag(.slot, d)
    default: break
    }
    // The start of a page loop is for faults alone.
    guard p == 0 || procedure == .convert else { return false }
    if procedure == .close, flag(.hostMapping, d) || isInCallThroughFile(d, book) { return false }
    if book.cast == .hostileVMM { return true }
    switch procedure {
    case .bind: return !flag(.isBound, d)
    case .accept: return flag(.isBound, d) && self[dmar: d] == .free
    case .relay: return self[guestRequest: d].requested != .none
    case .unbind: return flag(.isBound, d)
    // Where MEM is set it comes with every write of COMMAND for another bit, and VFIO restores each time. Linux 7.1, vfio_pci_config.c.
    case .memoryOn: return true
    case .memoryOff: return flag(.memoryEnabled, d)
    case .powerDown: return self[power: d] == .d0
    case .powerUp: return self[power: d] == .d3hot
    case .open: return !flag(.isOpen, d)
    case .export: return !flag(.bufferIsExported, d)
    // A behaved VMM converts what its guest gave up; the unit is the page here.
    case .convert: return self[memoryEntry: p] == .mapped || self[memoryEntry: p] == .pending
    default: return true
    }
  }
}
