import Sharing
import Synchronization

/// A mutex around a value that knows its place in the lock order.
///
/// Threads: any. The closure runs with the lock held and takes only locks of later ranks.
public struct OrderedLock<Value: ~Copyable>: ~Copyable {
  private let rank: LockRank
  private let mutex: Mutex<Value>

  public init(_ rank: LockRank, _ value: consuming sending Value) {
    self.rank = rank
    mutex = Mutex(value)
  }

  @inline(__always)
  public borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    LockOrder.willTake(rank)
    return try mutex.withLock { (value) throws(Failure) -> sending Result in
      LockOrder.took(rank)
      defer { LockOrder.released(rank) }
      return try body(&value)
    }
  }
}

extension OrderedLock: Sendable where Value: ~Copyable {}
