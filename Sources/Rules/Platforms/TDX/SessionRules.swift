/// SPDM session and IDE stream between the TDX module and a device. TDX Connect, SPDM and IDE, generation B.
extension Stage {
  @inlinable public mutating func createSession(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.spdmCreateAbsent, self[session: d] == .none) else { return .refused(.spdmCreateAbsent) }
    self[session: d] = .created
    return .accepted
  }

  @inlinable public mutating func connectSession(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.spdmConnectCreated, self[session: d] == .created) else { return .refused(.spdmConnectCreated) }
    // A stream's keys are good under the session that carried them, and under no other.
    let isReplaced = self[session: d] == .connected && self[stream: d] != .absent
    self[session: d] = .connected
    return book.accepted(unless: isReplaced, .booksContradict)
  }

  @inlinable public mutating func createStream(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.streamCreateSession, self[session: d] == .connected) else { return .refused(.streamCreateSession) }
    guard book.law.holds(.streamCreateAbsent, self[stream: d] == .absent) else { return .refused(.streamCreateAbsent) }
    self[stream: d] = .created
    self[streamKeys: d] = 0
    set(.streamIsInsecure, d, false)
    return .accepted
  }

  /// KEY_PROG of IDE_KM, for one key. The module makes the keys and has their order, so a count says all of them.
  @inlinable public mutating func programKey(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.streamKeysCreated, lacksKeys(d)) else { return .refused(.streamKeysCreated) }
    self[streamKeys: d] = min(self[streamKeys: d] &+ 1, IDEStream.keyCount)
    return .accepted
  }

  /// K_SET_GO of IDE_KM. A stream that was blocked has its keys, and does not go again.
  @inlinable public mutating func setStreamGo(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.streamSetGoKeys, self[stream: d] == .created && self[streamKeys: d] == IDEStream.keyCount)
    else { return .refused(.streamSetGoKeys) }
    self[stream: d] = .ready
    return .accepted
  }

  @inlinable public func lacksKeys(_ d: UInt8) -> Bool { self[stream: d] == .created && self[streamKeys: d] < IDEStream.keyCount }

  /// Allowed with live interfaces; afterwards the root port routes nothing of this stream (TDX Connect, SPDM and IDE).
  @inlinable public mutating func blockStream(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.streamBlockReady, self[stream: d] == .ready || self[stream: d] == .created)
    else { return .refused(.streamBlockReady) }
    self[stream: d] = .blocked
    return streamBecomesInsecure(d, book)
  }

  @inlinable public mutating func deleteStream(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.streamDeleteBlocked, self[stream: d] == .blocked) else { return .refused(.streamDeleteBlocked) }
    guard book.law.holds(.streamDeleteUnused, self[bindingOwner: d] == .none) else { return .refused(.streamDeleteUnused) }
    self[stream: d] = .absent
    self[streamKeys: d] = 0
    return .accepted
  }

  /// Where nothing is connected there is nothing to end, and that is no error: whoever cleans up after half a connect need not know
  /// how far it came.
  @inlinable public mutating func disconnectSession(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.spdmDisconnectUnused, self[stream: d] == .absent) else { return .refused(.spdmDisconnectUnused) }
    if self[session: d] == .connected { self[session: d] = .created }
    return .accepted
  }

  /// A session ends before its object goes.
  @inlinable public mutating func deleteSession(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.spdmDeleteDisconnected, self[session: d] != .connected) else { return .refused(.spdmDeleteDisconnected) }
    self[session: d] = .none
    return .accepted
  }

  /// Link down, session end or a write to the IDE capability: the stream is Insecure and a locked interface is in ERROR.
  @inlinable public mutating func streamBecomesInsecure(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    set(.streamIsInsecure, d, true)
    return loseDMA(d, by: .streamInsecure, book)
  }
}
