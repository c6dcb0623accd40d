/// What a fence in a reservation stands for, and with it who has to wait for it (dma-resv.h, `enum dma_resv_usage`).
///
/// A question about one usage covers those before it: who waits for readers waits for writers too.
public enum Usage: UInt8, Comparable, Hashable, CaseIterable, BitwiseCopyable, Sendable {
  /// Memory management itself: a move, a clear. Everybody waits for it, always, unless the buffer is pinned.
  case kernel
  /// An implicit write. Readers and writers wait for it.
  case write
  /// An implicit read. Writers wait for it.
  case read
  /// No implicit synchronisation: page-table updates, explicit users. Only who takes the memory away waits for it.
  case bookkeep

  @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

  /// What a new reader or writer of the buffer has to wait for (`dma_resv_usage_rw`).
  @inlinable public static func before(writing: Bool) -> Usage { writing ? .read : .write }
}
