/// The TDISP conversation through the TSM: a request is made, the host relays it over DOE, the device answers, and a book entry
/// changes only when the response is processed. TDX Connect, device interfaces.
extension Stage {
  /// TDH.DEVIF.REQUEST with a message of the VMM's class.
  @inlinable public mutating func request(_ kind: InterfaceRequest, _ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    if let why = refusal(of: kind, d, book) { return .refused(why) }
    return pose(kind, d, book)
  }

  /// TDH.DEVIF.REQUEST with the TD flag: generates the message that the TD has asked for. Which one it is only the TD has said.
  @inlinable public mutating func requestForGuest(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let kind = self[guestRequest: d].requested
    if let why = refusal(of: kind, d, book) { return .refused(why) }
    guard book.law.holds(.requestAskedByGuest, kind != .none) else { return .refused(.requestAskedByGuest) }
    // A message that nobody asked for is the last one once more, and its answer would be taken for that of a question.
    guard kind != .none else { return book.accepted(unless: true, .booksContradict) }
    self[guestRequest: d] = .generated
    return pose(kind, d, book)
  }

  /// What TDH.DEVIF.REQUEST refuses whoever asks, in the module's order: in ERROR only STOP and GET_STATE pass.
  @inlinable func refusal(of kind: InterfaceRequest, _ d: UInt8, _ book: borrowing Rulebook) -> Guard? {
    guard book.law.holds(.requestPresent, self[bindingOwner: d] != .none) else { return .requestPresent }
    let passes = self[recorded: d] != .error || kind == .stop || kind == .state
    guard book.law.holds(.requestErrorState, passes) else { return .requestErrorState }
    guard book.law.holds(.requestSlot, self[request: d] == .none) else { return .requestSlot }
    return nil
  }

  /// TDG.DEVIF.REQUEST: REPORT and START are the TD's to ask for. It leaves a note for the host, and nothing goes out yet.
  @inlinable public mutating func guestRequest(_ kind: InterfaceRequest, _ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard guestIsRunning else { return .refused(.notNow) }
    guard self[bindingOwner: d] != .none else { return .refused(.requestPresent) }
    guard book.law.holds(.guestRequestValid, flag(.isValid, d)) else { return .refused(.guestRequestValid) }
    guard book.law.holds(.guestRequestErrorState, self[recorded: d] != .error) else { return .refused(.guestRequestErrorState) }
    let isAvailable = self[guestRequest: d] == .available
    guard book.law.holds(.guestRequestSlot, isAvailable) else { return .refused(.guestRequestSlot) }
    if kind == .start {
      guard book.law.holds(.guestChecksBeforeStart, self[evidence: d].looksChecked) else { return .refused(.guestChecksBeforeStart) }
      // A guest asks to start what it has seen locked, once, and after it let the device into its memory.
      guard self[recorded: d] == .locked || self[recorded: d] == .error,
        self[dmar: d] == .present || book.parameters.dmaMayBeAcceptedInRun || book.parameters.guestIsFree
      else { return .refused(.notNow) }
    } else {
      let isDue = self[evidence: d] == .none && (self[recorded: d] == .locked || self[recorded: d] == .error)
      guard isDue || book.parameters.guestIsFree else { return .refused(.notNow) }
      // What it holds of this lock already it goes on holding.
      if self[evidence: d] == .none || self[evidence: d] == .stale { self[evidence: d] = .asked }
    }
    self[guestRequest: d] = kind == .start ? .startRequested : .reportRequested
    return book.accepted(unless: !isAvailable, .booksContradict)
  }

  /// A message that is on its way must not be forgotten for another.
  @inlinable mutating func pose(_ kind: InterfaceRequest, _ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let isLost = self[request: d] != .none
    self[request: d] = kind
    self[answer: d] = self[answer: d].withoutAnswer
    return book.accepted(unless: isLost, .booksContradict)
  }

  /// The host carries the encrypted message to the device's DOE mailbox and the answer back. The host cannot read either.
  @inlinable public mutating func relay(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard self[request: d] != .none, !self[answer: d].isFromDevice else { return .refused(.notNow) }
    if let failed = clearMailbox(d) { return failed }
    var value = tdi(d)
    var answer = Outcome.accepted, report = InterfaceAnswer.success
    var unchecked = false, isReached = false
    switch self[request: d] {
    case .none: break
    case .state: report = InterfaceAnswer(reporting: value.state)
    case .lock:
      var found = LockConditions()
      found.keysAreSet = self[session: d] == .connected && self[stream: d] == .ready && !flag(.streamIsInsecure, d)
      found.configurationIsValid = flag(.memoryEnabled, d) && self[power: d] == .d0 && !flag(.inReset, d)
      answer = value.lock(found, under: book.law)
      // LOCK drains what the device still had under way, so that nothing of it completes inside the new life.
      if answer == .accepted {
        self[dma: d] = .none
        // From here on the device rejects T=0 at these pages: who was to be kept from them had to be revoked before.
        isReached = book.cast != .untrustedHost && anySharedReach(d, book)
        self[evidence: d] = self[evidence: d].afterLock
        self[guestRequest: d] = self[guestRequest: d].afterLock
      }
    case .stop:
      value.stop(under: book.law)
      self[dma: d] = .none
    case .report: answer = value.report(offset: 0, of: 1, under: book.law)
    case .start, .oldStart:
      answer = value.start(nonceMatches: self[request: d] == .start, under: book.law)
      unchecked = answer == .accepted && (self[evidence: d] != .checked || !flag(.isValid, d))
    }
    set(value, of: d)
    self[answer: d] = answer == .accepted ? report : .errorResponse
    if book.breaks(.importerUsesRevokedBuffer, isReached) { return .violated(.importerUsesRevokedBuffer) }
    return book.accepted(unless: unchecked, .runWithoutEvidence)
  }

  /// Whoever finds the error bit set aborts, and comes back with an error: its message has not gone out, and can be carried again. Linux
  /// drivers/pci/doe.c.
  @inlinable mutating func clearMailbox(_ d: UInt8) -> Outcome? {
    guard self[answer: d] == .mailboxError else { return nil }
    self[answer: d] = .none
    return .failed(.mailboxError)
  }

  /// TDH.DEVIF.RESPONSE: a VMM-class response is processed; a TD-class one, an ERROR as well, only waits for the TD.
  @inlinable public mutating func response(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.responseAnswered, self[request: d] != .none && self[answer: d].isFromDevice)
    else { return .refused(.responseAnswered) }
    let kind = self[request: d], answer = self[answer: d]
    (self[request: d], self[answer: d]) = (.none, answer.withoutAnswer)
    if kind.belongsToGuest {
      self[guestRequest: d] = answer == .errorResponse ? .errorProcessed : kind.isStart ? .startProcessed : .reportProcessed
      return .accepted
    }
    // A TDISP ERROR response changes no record (TDX Connect, device interfaces); the caller learns of it.
    guard book.law.holds(.responseIsSuccess, answer != .errorResponse) else { return .failed(.responseIsSuccess) }
    switch kind {
    case .none, .report, .start, .oldStart: break
    case .lock: self[recorded: d] = .locked
    case .stop:
      self[recorded: d] = .unlocked
      withdraw(d)
    case .state:
      if let reported = RecordedState(reported: answer) { self[recorded: d] = reported }
      if self[recorded: d] == .error { withdraw(d) }
    }
    return .accepted
  }

  /// The module no longer vouches for the interface. What the guest believes of it is the guest's own, and may be out of date: it
  /// learns when it is refused. What it has asked for, and an answer that waits for it, stay. TDX module, TDH.DEVIF.RESPONSE.
  @inlinable public mutating func withdraw(_ d: UInt8) {
    set(.isValid, d, false)
    set(.identityIsOther, d, false)
  }

  /// TDG.DEVIF.VALIDATE: the TD compares the hash of the device's identity with what it expects.
  @inlinable public mutating func validate(_ d: UInt8, infoMatches: Bool, _ book: borrowing Rulebook) -> Outcome {
    guard guestIsRunning else { return .refused(.notNow) }
    guard book.law.holds(.validatePresent, self[bindingOwner: d] != .none) else { return .refused(.validatePresent) }
    guard book.law.holds(.validateInfo, infoMatches) else { return .refused(.validateInfo) }
    guard !flag(.isValid, d), self[recorded: d] == .locked else { return .refused(.notNow) }
    set(.isValid, d, true)
    set(.identityIsOther, d, !infoMatches)
    // It begins anew with this lock.
    self[evidence: d] = .none
    return .accepted
  }

  /// TDG.DEVIF.RESPONSE: only here does the record become RUN, or the report reach the TD.
  @inlinable public mutating func collect(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard guestIsRunning else { return .refused(.notNow) }
    guard book.law.holds(.collectValid, flag(.isValid, d)) else { return .refused(.collectValid) }
    guard book.law.holds(.collectProcessed, self[guestRequest: d].isProcessed) else { return .refused(.collectProcessed) }
    // What it did not ask for since it validated answers a question about an earlier lock; the module would hand it out, and make a
    // record of it. Such a guest takes nothing more of this object: the host has to remove it and make another.
    let hasAsked = self[evidence: d] != .none
    guard book.law.holds(.guestAsksBeforeCollect, hasAsked) else { return .refused(.guestAsksBeforeCollect) }
    switch self[guestRequest: d] {
    case .reportProcessed:
      if self[evidence: d] == .asked { self[evidence: d] = .collected } else if !book.parameters.guestIsFree { self[evidence: d] = .stale }
    case .startProcessed: self[recorded: d] = .run
    // The device would not: it may be asked again.
    case .errorProcessed: if self[evidence: d] == .asked { self[evidence: d] = .none }
    // What was never relayed for this lock proves nothing about it.
    case .available, .reportRequested, .startRequested, .oldStartRequested, .generated: self[evidence: d] = .stale
    }
    self[guestRequest: d] = .available
    return .accepted
  }

  /// The TD's policy has looked at certificates, measurements and report, and agreed.
  @inlinable public mutating func checkEvidence(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard guestIsRunning else { return .refused(.notNow) }
    guard book.law.holds(.guestCollectsBeforeCheck, self[evidence: d] == .collected) else { return .refused(.guestCollectsBeforeCheck) }
    // A guest that looks at nothing believes what it likes, and evidence of another device is none.
    self[evidence: d] = self[evidence: d] == .collected && !flag(.identityIsOther, d) ? .checked : .stale
    return .accepted
  }
}
