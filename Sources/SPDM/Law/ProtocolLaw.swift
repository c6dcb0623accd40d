/// Which guards are in force. A guard that is switched off lets everything through: what breaks then is what it is for.
public struct ProtocolLaw: Hashable, BitwiseCopyable, Sendable {
  @usableFromInline var dropped: UInt64 = 0

  public init(dropping guards: [ProtocolGuard] = []) { for g in guards { dropped |= 1 << UInt64(g.rawValue) } }

  public func isDropped(_ g: ProtocolGuard) -> Bool { dropped >> UInt64(g.rawValue) & 1 != 0 }

  /// Whether the guard lets the attempt pass.
  @inlinable @inline(__always) public func holds(_ g: ProtocolGuard, _ condition: Bool) -> Bool {
    condition || dropped >> UInt64(g.rawValue) & 1 != 0
  }
}

/// What became of an attempt. A refusal is the common case while exploring, so it is a value and not an error.
public enum ProtocolOutcome: Hashable, Sendable {
  case accepted
  /// A guard said no; nothing changed.
  case refused(ProtocolGuard)

  public var refusal: ProtocolGuard? { if case .refused(let why) = self { why } else { nil } }
  public var isAccepted: Bool { self == .accepted }
}
