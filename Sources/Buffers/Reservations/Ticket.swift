import Synchronization

/// The right to hold several reservations at once (Linux: ww_acquire_ctx, the wait-die kind).
///
/// Tickets are numbered as they are drawn. Where two want each other's locks, the older waits, and the younger, if it holds anything,
/// gives way with `.deadlock`. It keeps its number while it tries again, so it becomes the oldest in the end.
///
/// Threads: a ticket belongs to the thread that drew it, and the compiler sees to that.
public final class Ticket {
  /// Its age: the lower, the older. Never 0, which is a lock without ticket.
  public let stamp: UInt64
  /// Reservations that are held with it.
  public internal(set) var held = 0

  private static let last = Atomic<UInt64>(0)
  public init() { stamp = Self.last.add(1, ordering: .relaxed).newValue }
}

@available(*, unavailable) extension Ticket: Sendable {}
