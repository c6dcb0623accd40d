import CLinux

/// A moment of the machine's monotonic clock (`CLOCK_MONOTONIC`), in nanoseconds.
///
/// Only deadlines and what people read are made of it; nothing is decided by a clock that could be decided by an order.
public struct MonotonicTime: Hashable, Comparable, BitwiseCopyable, Sendable {
  public let nanoseconds: UInt64
  @inlinable public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  public static var now: MonotonicTime { MonotonicTime(nanoseconds: cofferdam_monotonic_time()) }
  /// Later than every moment: a wait until then has no end of its own.
  public static var never: MonotonicTime { MonotonicTime(nanoseconds: .max) }

  /// That much later; `never` where the sum would not fit.
  public func advanced(by nanoseconds: UInt64) -> MonotonicTime {
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return overflow ? .never : MonotonicTime(nanoseconds: sum)
  }

  /// Nanoseconds from another moment to this one; zero if it lies behind.
  public func since(_ other: MonotonicTime) -> UInt64 { nanoseconds > other.nanoseconds ? nanoseconds - other.nanoseconds : 0 }

  public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
}
