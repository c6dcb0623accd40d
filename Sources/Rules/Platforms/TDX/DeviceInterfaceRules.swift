/// TDH.DEVIF.CREATE and REMOVE: the TDX module's own object for a device interface. TDX Connect, device interfaces.
extension Stage {
  @inlinable public mutating func createInterface(_ d: UInt8, for owner: BindingOwner, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.devifCreateRunnable, isOperable || owner == .foreign) else { return .refused(.devifCreateRunnable) }
    guard book.law.holds(.devifCreateAbsent, self[bindingOwner: d] == .none) else { return .refused(.devifCreateAbsent) }
    guard book.law.holds(.devifCreateSession, self[session: d] == .connected) else { return .refused(.devifCreateSession) }
    guard book.law.holds(.devifCreateStream, self[stream: d] == .ready) else { return .refused(.devifCreateStream) }
    self[bindingOwner: d] = self[bindingOwner: d] == .none ? owner : .both
    self[recorded: d] = .unlocked
    forgetConversation(d)
    return .accepted
  }

  @inlinable public mutating func removeInterface(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.removePresent, self[bindingOwner: d] != .none) else { return .refused(.removePresent) }
    guard book.law.holds(.removeStopped, isRecordedStopped(d)) else { return .refused(.removeStopped) }
    // Both counts know what the TD has accepted or the host has mapped, and neither what was only declared or added: the entry of a
    // TD that never accepted it does not stop REMOVE, and cannot be removed after it.
    guard book.law.holds(.removeNoDMA, !self[dmar: d].isAccepted) else { return .refused(.removeNoDMA) }
    // Waived for a TD that the module itself found fatal; a VM that KVM gave up is not that.
    guard book.law.holds(.removeNoMMIO, !anyMapped(d, book) || vmEnd == .machineCheck) else { return .refused(.removeNoMMIO) }
    self[bindingOwner: d] = .none
    forgetConversation(d)
    return .accepted
  }

  /// What was said through an object begins and ends with it.
  @inlinable mutating func forgetConversation(_ d: UInt8) {
    self[request: d] = .none
    self[answer: d] = self[answer: d].withoutAnswer
    self[guestRequest: d] = .available
    if self[evidence: d] == .asked { self[evidence: d] = .none }
    withdraw(d)
  }

  /// What MMIO.UNMAP and DEVIF.REMOVE look at: the *recorded* state, or a blocked stream. The device is never asked.
  @inlinable public func isRecordedStopped(_ d: UInt8) -> Bool { self[recorded: d] == .unlocked || self[stream: d] == .blocked }

  @inlinable func anyMapped(_ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    for p in 0..<book.bounds.pages where self[metadata: d, p] == .mapped { return true }
    return false
  }
}
