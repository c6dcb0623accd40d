import Sharing
import Synchronization

/// The lock of a buffer and the fences of the work on it (Linux: dma_resv).
///
/// Whoever holds it may map, unmap, pin and move; fences are added under it, and looked at without it. It is one word: free, or held by
/// a ticket, with a bit that says that somebody sleeps. Locking costs one exchange of that word where nobody is in the way.
///
/// - Threads: any. A lock belongs to the thread that took it: `Held` cannot be sent to another.
/// - Order: after a device's memory lock, before the lock of page tables; checked in debug builds (`LockOrder`).
public final class Reservation: Sendable {
  /// Bit 0: held. Bit 1: somebody sleeps. From bit 2: the stamp of the ticket, 0 without one.
  private let word = Atomic<UInt64>(0)
  let fences = FenceStore()

  private static let heldBit: UInt64 = 1, sleeperBit: UInt64 = 2

  public init() {}

  // MARK: Locking

  /// Takes the lock, after whoever has it. At most one at a time without a ticket.
  @inline(__always) public func lock() -> Held {
    LockOrder.willTake(.reservation)
    if !word.compareExchange(expected: 0, desired: Self.heldBit, ordering: .acquiring).exchanged { _ = sleep(stamp: 0, holdsOthers: false) }
    LockOrder.took(.reservation)
    return Held(self, nil)
  }

  /// Takes the lock if it is free.
  public func tryLock() -> Held? {
    guard word.compareExchange(expected: 0, desired: Self.heldBit, ordering: .acquiring).exchanged else { return nil }
    LockOrder.took(.reservation)
    return Held(self, nil)
  }

  /// Takes the lock as one of several.
  /// - Throws: `.already` if this ticket has it; `.deadlock` if an older one has it while this one holds others.
  public func lock(_ ticket: Ticket) throws(ReservationError) -> Held {
    LockOrder.willTake(.reservation, underTicket: ticket.held)
    let stamp = ticket.stamp << 2
    if !word.compareExchange(expected: 0, desired: stamp | Self.heldBit, ordering: .acquiring).exchanged {
      if let refusal = sleep(stamp: stamp, holdsOthers: ticket.held > 0) { throw refusal }
    }
    LockOrder.took(.reservation)
    ticket.held += 1
    return Held(self, ticket)
  }

  /// Takes the lock that was in the way, as the first one after everything else was let go: with nothing in hand one may wait.
  /// - Throws: `.holdsOthers`.
  public func lockSlowly(_ ticket: Ticket) throws(ReservationError) -> Held {
    if let why = law.refusalToLockSlowly(held: ticket.held) { throw ReservationError(why) }
    return try lock(ticket)
  }

  public var isLocked: Bool { word.load(ordering: .relaxed) & Self.heldBit != 0 }

  /// The way of whoever did not get it at once. Everybody looks again at each unlock, since with a new holder it may be another's turn to
  /// give way.
  @inline(never) private func sleep(stamp: UInt64, holdsOthers: Bool) -> ReservationError? {
    var refusal: ReservationError?
    // Who slept takes the lock with the bit set: others may sleep still, and an unlock must wake them.
    var mine = stamp | Self.heldBit
    _ = Parking.wait(at: self, until: .never) {
      while true {
        let seen = word.load(ordering: .acquiring)
        if seen & Self.heldBit == 0 {
          if word.weakCompareExchange(expected: seen, desired: mine, successOrdering: .acquiring, failureOrdering: .relaxed).exchanged {
            return false
          }
          continue
        }
        let holder = seen & ~(Self.heldBit | Self.sleeperBit)
        if case .refused(let why) = law.answer(to: stamp, holdsOthers: holdsOthers, heldBy: holder) {
          refusal = ReservationError(why)
          return false
        }
        mine = stamp | Self.heldBit | Self.sleeperBit
        if seen & Self.sleeperBit != 0 { return true }
        if word.weakCompareExchange(
          expected: seen, desired: seen | Self.sleeperBit, successOrdering: .relaxed, failureOrdering: .relaxed
        ).exchanged {
          return true
        }
      }
    }
    return refusal
  }

  @inline(__always) fileprivate func unlock() {
    fences.forgetPromises()
    LockOrder.released(.reservation)
    if word.exchange(0, ordering: .releasing) & Self.sleeperBit != 0 { Parking.wake(at: self) }
  }

  // MARK: Held

  /// The lock in one's hand. Functions that need it take it as an argument, so there is no asking whether it is held; it ends with its
  /// owner's scope, or with `unlock`.
  public struct Held: ~Copyable {
    public let reservation: Reservation
    private let ticket: Ticket?

    @inline(__always) fileprivate init(_ reservation: Reservation, _ ticket: Ticket?) {
      (self.reservation, self.ticket) = (reservation, ticket)
    }

    @inline(__always) public consuming func unlock() {}

    @inline(__always) deinit {
      ticket?.held -= 1
      reservation.unlock()
    }
  }

  /// Runs a function with the lock held.
  @inline(__always)
  public func withLock<Result: ~Copyable, Failure: Error>(_ body: (borrowing Held) throws(Failure) -> Result) throws(Failure) -> Result {
    let held = lock()
    return try body(held)
  }
}
