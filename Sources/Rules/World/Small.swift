/// A state with at most 256 cases and no payload: one byte wherever it is stored.
///
/// Cases carry no explicit raw values, so their memory is their declaration order. That makes `code` a reinterpretation and
/// not a table look-up; the explorer converts millions of them a second. A test checks the round trip for every type.
public protocol Small: CaseIterable, Hashable, BitwiseCopyable, Sendable {}

extension Small {
  @inlinable @inline(__always) public init(code: UInt8) { self = unsafeBitCast(code, to: Self.self) }
  @inlinable @inline(__always) public var code: UInt8 { unsafeBitCast(self, to: UInt8.self) }
  /// The case's name, as logs and field lists print it.
  public var name: String { String(describing: self) }
}
