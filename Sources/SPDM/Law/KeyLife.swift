import Primitives

/// What is known of a key of a link at the port that has it. PCIe 6.0 section 6.33.3. A served device obeys it (`StreamKeys`), and so does
/// the model `ide-keys`.
///
/// `isOwn` says whether the key that is there came over the session that asks.
public enum KeyLife: UInt8, CaseIterable, Hashable, Sendable {
  case absent
  case programmed
  /// K_SET_GO was said: packets are counted.
  case inUse

  /// K_PROG. A key in use is not overwritten, nor is one of another session.
  public mutating func program(isOwn: Bool, under law: ProtocolLaw = ProtocolLaw()) -> ProtocolOutcome {
    guard law.holds(.programIdle, self != .inUse) else { return .refused(.programIdle) }
    guard law.holds(.programOwn, self == .absent || isOwn) else { return .refused(.programOwn) }
    self = .programmed
    return .accepted
  }

  /// K_SET_GO. Accepted means that counting begins: never twice under one key.
  public mutating func go(isOwn: Bool, under law: ProtocolLaw = ProtocolLaw()) -> ProtocolOutcome {
    guard law.holds(.goProgrammed, self != .absent) else { return .refused(.goProgrammed) }
    guard law.holds(.goOwn, isOwn) else { return .refused(.goOwn) }
    guard law.holds(.goOnce, self != .inUse) else { return .refused(.goOnce) }
    self = .inUse
    return .accepted
  }

  /// K_SET_STOP: the key is gone.
  public mutating func stop(isOwn: Bool, under law: ProtocolLaw = ProtocolLaw()) -> ProtocolOutcome {
    guard law.holds(.stopInUse, self == .inUse) else { return .refused(.stopInUse) }
    guard law.holds(.stopOwn, isOwn) else { return .refused(.stopOwn) }
    self = .absent
    return .accepted
  }
}
