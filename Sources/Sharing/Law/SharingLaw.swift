/// Which guards of shared buffers are in force. A guard that is switched off lets everything through: what breaks then is what it is for.
///
/// The rules are functions of this value, on small values: what `Buffers` asks under its locks, with real memory and real threads, and what
/// `BufferModels` asks in every order, are the same functions. Each says the guard that refuses, and nil where nothing is in the way.
///
/// Threads: any; nothing here has state.
public struct SharingLaw: Hashable, BitwiseCopyable, Sendable {
  @usableFromInline var dropped: UInt32 = 0

  /// All guards in force.
  @inlinable public init() {}

  public init(dropping guards: [SharingGuard]) { for g in guards { dropped |= 1 << UInt32(g.rawValue) } }

  /// Whether the guard lets the attempt pass.
  @inlinable @inline(__always) public func holds(_ g: SharingGuard, _ condition: Bool) -> Bool {
    condition || dropped >> UInt32(g.rawValue) & 1 != 0
  }

  /// The guard, where its condition is not met.
  @usableFromInline @inline(__always) func refusal(_ g: SharingGuard, unless condition: Bool) -> SharingGuard? { holds(g, condition) ? nil : g }
}
