import Synchronization

/// A lock around a value, with the interface of the standard library's and made of this room's own parts.
///
/// The standard library's is compiled without ThreadSanitizer, which therefore does not see what it orders, and reports every value behind it.
///
/// Threads: any. The closure runs with the lock held; it is not taken twice.
struct Mutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
  /// Bit 0: held. Bit 1: somebody sleeps.
  private let word = Atomic<UInt32>(0)
  private let value: UnsafeMutablePointer<Value>

  init(_ initial: consuming sending Value) {
    value = .allocate(capacity: 1)
    value.initialize(to: initial)
  }

  deinit {
    value.deinitialize(count: 1)
    value.deallocate()
  }

  @inline(__always)
  borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    // A copy of the pointer: what is lent is the value, and nothing of this struct.
    let place = value
    if !word.compareExchange(expected: 0, desired: 1, successOrdering: .acquiring, failureOrdering: .relaxed).exchanged { sleep() }
    defer { if word.exchange(0, ordering: .releasing) & 2 != 0 { Parking.wake(at: UInt(bitPattern: place)) } }
    return try body(&place.pointee)
  }

  @inline(never) private borrowing func sleep() {
    // Who slept takes the lock with the bit set: others may sleep still, and an unlock must wake them.
    var mine: UInt32 = 1
    _ = Parking.wait(at: UInt(bitPattern: value), until: .never) {
      while true {
        let seen = word.load(ordering: .relaxed)
        if seen & 1 == 0 {
          if word.weakCompareExchange(expected: seen, desired: mine, successOrdering: .acquiring, failureOrdering: .relaxed).exchanged {
            return false
          }
          continue
        }
        mine = 3
        if seen & 2 != 0 { return true }
        if word.weakCompareExchange(expected: seen, desired: 3, successOrdering: .relaxed, failureOrdering: .relaxed).exchanged { return true }
      }
    }
  }
}
