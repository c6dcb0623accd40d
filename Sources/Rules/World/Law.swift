/// Which guards are in force. A guard that is switched off lets everything through: what breaks then is what it is for.
public struct Law: Hashable, BitwiseCopyable, Sendable {
  @usableFromInline var dropped: (UInt64, UInt64, UInt64) = (0, 0, 0)

  public init(dropping guards: [Guard] = []) {
    for g in guards { drop(g) }
  }

  public mutating func drop(_ g: Guard) {
    let bit: UInt64 = 1 << UInt64(g.code & 63)
    switch g.code >> 6 {
    case 0: dropped.0 |= bit
    case 1: dropped.1 |= bit
    default: dropped.2 |= bit
    }
  }

  @inlinable public func isDropped(_ g: Guard) -> Bool {
    let word = g.code >> 6 == 0 ? dropped.0 : g.code >> 6 == 1 ? dropped.1 : dropped.2
    return word >> UInt64(g.code & 63) & 1 != 0
  }

  /// Whether the guard lets the attempt pass.
  @inlinable @inline(__always) public func holds(_ g: Guard, _ condition: Bool) -> Bool { condition || isDropped(g) }

  public static func == (a: Law, b: Law) -> Bool { a.dropped == b.dropped }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(dropped.0)
    hasher.combine(dropped.1)
    hasher.combine(dropped.2)
  }
}
