/// SPDM session and IDE stream between the TDX module and a device. TDX Connect, SPDM and IDE, generation B.
extension Stage {
  @inlinable public mutating func createSession(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.spdmCreateAbsent, self[session: d] == .none) else { return .refused(.spdmCreateAbsent) }
    self[session: d] = .created
    return .accepted
  }

  /// TDH.SPDM.CONNECT, called twice: the handshake goes out, and with the device's last answer there is a session.
  @inlinable public mutating func connectSession(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.spdmConnectCreated, self[session: d] == .created) else { return .refused(.spdmConnectCreated) }
    if let posed = converse(.handshake, d, book) { return posed }
    // A stream's keys are good under the session that carried them, and under no other.
    let isReplaced = self[session: d] == .connected && self[stream: d] != .absent
    self[session: d] = .connected
    return answered(unless: isReplaced, d, book)
  }

  @inlinable public mutating func createStream(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.streamCreateSession, self[session: d] == .connected) else { return .refused(.streamCreateSession) }
    guard book.law.holds(.streamCreateAbsent, self[stream: d] == .absent) else { return .refused(.streamCreateAbsent) }
    self[stream: d] = .created
    self[streamKeys: d] = 0
    set(.streamIsInsecure, d, false)
    return .accepted
  }

  /// KEY_PROG of IDE_KM for one key, which counts when its answer is taken: what the device has of a message whose answer is still out
  /// no rule asks. The module makes the keys and has their order, those to receive with first (inferred), so a count says all of them.
  @inlinable public mutating func programKey(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.streamKeysCreated, lacksKeys(d)) else { return .refused(.streamKeysCreated) }
    if let posed = converse(.key, d, book) { return posed }
    self[streamKeys: d] = min(self[streamKeys: d] &+ 1, IDEStream.keyCount)
    return answered(d, book)
  }

  /// K_SET_GO of IDE_KM for one direction, which needs the three keys of that direction: first both ports receive, then they send. A
  /// stream that was blocked has its keys, and does not go again.
  @inlinable public mutating func setStreamGo(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let mayReceive = self[stream: d] == .created && self[streamKeys: d] >= IDEStream.keyCount / 2
    let maySend = self[stream: d] == .rxOnly && self[streamKeys: d] == IDEStream.keyCount
    guard book.law.holds(.streamSetGoKeys, mayReceive || maySend) else { return .refused(.streamSetGoKeys) }
    if let posed = converse(.go, d, book) { return posed }
    self[stream: d] = self[stream: d] == .created ? .rxOnly : .ready
    return answered(d, book)
  }

  @inlinable public func lacksKeys(_ d: UInt8) -> Bool { isStarting(d) && self[streamKeys: d] < IDEStream.keyCount }
  /// It goes in no direction yet, or in one.
  @inlinable public func isStarting(_ d: UInt8) -> Bool { self[stream: d] == .created || self[stream: d] == .rxOnly }

  /// Allowed with live interfaces; afterwards the root port routes nothing of this stream (TDX Connect, SPDM and IDE).
  @inlinable public mutating func blockStream(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.streamBlockReady, self[stream: d] == .ready || isStarting(d)) else { return .refused(.streamBlockReady) }
    self[stream: d] = .blocked
    dropExchange(d)
    return streamBecomesInsecure(d, book)
  }

  @inlinable public mutating func deleteStream(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.streamDeleteBlocked, self[stream: d] == .blocked) else { return .refused(.streamDeleteBlocked) }
    guard book.law.holds(.streamDeleteUnused, self[bindingOwner: d] == .none) else { return .refused(.streamDeleteUnused) }
    self[stream: d] = .absent
    self[streamKeys: d] = 0
    dropExchange(d)
    return .accepted
  }

  /// TDH.SPDM.DISCONNECT, called twice: END_SESSION goes out, and with the answer the session is over. Where nothing is connected there
  /// is nothing to end, and that is no error (inferred): whoever cleans up after half a connect need not know how far it came.
  @inlinable public mutating func disconnectSession(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.spdmDisconnectUnused, self[stream: d] == .absent) else { return .refused(.spdmDisconnectUnused) }
    switch self[session: d] {
    case .none: return .accepted
    case .created:
      dropExchange(d)
      return .accepted
    case .connected, .ending:
      if let posed = converse(.end, d, book) {
        if posed.changesTheWorld { self[session: d] = .ending }
        return posed
      }
      self[session: d] = .created
      return answered(d, book)
    }
  }

  /// A session ends before its object goes.
  @inlinable public mutating func deleteSession(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let isOver = self[session: d] == .none || self[session: d] == .created
    guard book.law.holds(.spdmDeleteDisconnected, isOver) else { return .refused(.spdmDeleteDisconnected) }
    self[session: d] = .none
    dropExchange(d)
    return .accepted
  }

  /// Link down, session end or a write to the IDE capability: the stream is Insecure and a locked interface is in ERROR.
  @inlinable public mutating func streamBecomesInsecure(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    set(.streamIsInsecure, d, true)
    return loseDMA(d, by: .streamInsecure, book)
  }
}
