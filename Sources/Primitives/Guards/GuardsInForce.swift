/// Which guards of a room are in force, of at most 64. A guard that is switched off lets everything through: what breaks then is what it is
/// for.
public struct GuardsInForce<G: NamedGuard & RawRepresentable<UInt8>>: Hashable, BitwiseCopyable, Sendable {
  @usableFromInline var dropped: UInt64 = 0

  /// All of them.
  @inlinable public init() {}

  public init(dropping guards: [G]) { for g in guards { drop(g) } }

  public mutating func drop(_ g: G) { dropped |= 1 << UInt64(g.rawValue) }
  @inlinable public func isDropped(_ g: G) -> Bool { dropped >> UInt64(g.rawValue) & 1 != 0 }

  /// Whether the guard lets the attempt pass.
  @inlinable @inline(__always) public func holds(_ g: G, _ condition: Bool) -> Bool { condition || isDropped(g) }

  /// The guard, where its condition is not met.
  @inlinable @inline(__always) public func refusal(_ g: G, unless condition: Bool) -> G? { holds(g, condition) ? nil : g }
}

/// What became of an attempt. A refusal is the common case while exploring, so it is a value and not an error.
public enum GuardedOutcome<G: NamedGuard>: Hashable, Sendable {
  case accepted
  /// A guard said no; nothing changed.
  case refused(G)

  @inlinable public var refusal: G? { if case .refused(let why) = self { why } else { nil } }
  @inlinable public var isAccepted: Bool { if case .accepted = self { true } else { false } }
}

extension GuardedOutcome: BitwiseCopyable where G: BitwiseCopyable {}
