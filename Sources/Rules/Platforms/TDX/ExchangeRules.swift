/// Calls that need the device: the module answers TDX_SPDM_REQUEST, the host carries the message over DOE, and calls again with the
/// answer (TDX Connect, SPDM and IDE, generation B). One message is out at a time: generation A says so of IDE_KM, and that it is so of
/// all of them in generation B is inferred.
extension Stage {
  /// The outcome of the first call, which poses the message, or of a call that comes too early; nil where the answer is to be taken.
  @inlinable mutating func converse(_ kind: SPDMExchange, _ d: UInt8, _ book: borrowing Rulebook) -> Outcome? {
    let isOut = self[exchange: d] == kind
    guard book.law.holds(.exchangeSlot, isOut || self[exchange: d] == .none) else { return .refused(.exchangeSlot) }
    guard isOut else {
      let isLost = self[exchange: d] != .none
      self[exchange: d] = kind
      set(.exchangeIsAnswered, d, false)
      return book.accepted(unless: isLost, .booksContradict)
    }
    guard book.law.holds(.exchangeAnswered, flag(.exchangeIsAnswered, d)) else { return .refused(.exchangeAnswered) }
    return nil
  }

  /// The end of the second call. What the device never answered the module has made up.
  @inlinable mutating func answered(unless isWrong: Bool = false, _ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let isMadeUp = !flag(.exchangeIsAnswered, d)
    dropExchange(d)
    return book.accepted(unless: isWrong || isMadeUp, .booksContradict)
  }

  /// Whoever waited for the answer is gone; that a message is forgotten with what it was for is inferred.
  @inlinable mutating func dropExchange(_ d: UInt8) {
    self[exchange: d] = .none
    set(.exchangeIsAnswered, d, false)
  }

  /// What a call that was carried out returned, where that is not plain success: TDX_SPDM_REQUEST of one that posed a message. Asked of
  /// the world behind it; `pending` is the step that an advance was about.
  public func status(after action: Action, _ pending: PendingStep?) -> String? {
    let called: (step: Step, device: UInt8)
    switch action {
    case .call(let step, let d, _): called = (step, d)
    default:
      guard let pending else { return nil }
      called = (pending.step, pending.device)
    }
    // Who cleans up makes the same call where nothing is out.
    guard called.step.conversesWithDevice, self[exchange: called.device] != .none, !flag(.exchangeIsAnswered, called.device) else {
      return nil
    }
    return Guard.exchangeAnswered.entry.code
  }

  /// The host carries the module's message to the device's DOE mailbox and the answer back: of a handshake all rounds, in which the
  /// module keeps nothing that another call could see. The host cannot read a key on its way.
  @inlinable public mutating func relayExchange(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard self[exchange: d] != .none, !flag(.exchangeIsAnswered, d) else { return .refused(.notNow) }
    if let failed = clearMailbox(d) { return failed }
    set(.exchangeIsAnswered, d, true)
    return .accepted
  }

  /// A message is out for what is not there any more, or a session ends without one.
  @inlinable func exchangeContradicts(_ d: UInt8) -> Bool {
    switch self[exchange: d] {
    case .none: self[session: d] == .ending
    case .handshake: self[session: d] != .created
    case .key, .go: !isStarting(d)
    case .end: self[session: d] != .ending
    }
  }
}

extension Step {
  /// Calls that are made twice, with the device's answer between.
  public var conversesWithDevice: Bool { [.spdmConnect, .spdmDisconnect, .streamProgramKey, .streamSetGo].contains(self) }
}
