/// Which guards of the secure world are in force. A guard that is switched off lets everything through: what breaks then is what it is for.
public struct RestrictedLaw: Hashable, BitwiseCopyable, Sendable {
  @usableFromInline var dropped: UInt64 = 0

  public init(dropping guards: [RestrictedGuard] = []) { for g in guards { drop(g) } }

  public mutating func drop(_ g: RestrictedGuard) { dropped |= 1 << UInt64(g.rawValue) }
  public func isDropped(_ g: RestrictedGuard) -> Bool { dropped >> UInt64(g.rawValue) & 1 != 0 }

  /// Whether the guard lets the attempt pass.
  @inlinable @inline(__always) public func holds(_ g: RestrictedGuard, _ condition: Bool) -> Bool {
    condition || dropped >> UInt64(g.rawValue) & 1 != 0
  }
}

/// What became of an attempt. A refusal is the common case while exploring, so it is a value and not an error.
public enum RestrictedOutcome: Hashable, BitwiseCopyable, Sendable {
  case accepted
  /// A guard said no; nothing changed.
  case refused(RestrictedGuard)

  public var refusal: RestrictedGuard? { if case .refused(let why) = self { why } else { nil } }
  @inlinable public var isAccepted: Bool { if case .accepted = self { true } else { false } }
}
