/// Several reservations, held with one ticket, until the end of the function that it was lent to.
public struct HeldTogether: ~Copyable {
  /// An array has no room for what cannot be copied.
  private final class Lock {
    let held: Reservation.Held
    init(_ held: consuming Reservation.Held) { self.held = held }
  }
  private var locks: [Lock] = []

  fileprivate mutating func add(_ held: consuming Reservation.Held) { locks.append(Lock(held)) }

  /// Runs a function with the lock of one of them.
  /// - Throws: `.otherReservation` for one that is not among them, and what the function throws.
  public func withLock<Result>(of reservation: Reservation, _ body: (borrowing Reservation.Held) throws -> Result) throws -> Result {
    for lock in locks where lock.held.isLock(of: reservation) { return try body(lock.held) }
    throw ReservationError.otherReservation
  }
}

extension Reservation {
  /// Takes the locks of several reservations, in whatever order they are named, and runs a function with all of them held.
  ///
  /// This is the loop that everybody writes: try all; where an older ticket is in the way, let go, wait for that one first, and try the
  /// others again. A reservation that is named twice is taken once.
  public static func withLocks<Result, Failure: Error>(
    on reservations: [Reservation], _ body: (borrowing HeldTogether) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let ticket = Ticket()
    var contended: Reservation?
    while true {
      var held = HeldTogether()
      // With nothing in hand neither answer can come.
      if let first = contended.take(), let lock = try? first.lockSlowly(ticket) { held.add(lock) }
      for reservation in reservations where contended == nil {
        do throws(ReservationError) {
          held.add(try reservation.lock(ticket))
        } catch .already {
          continue
        } catch {
          contended = reservation
        }
      }
      if contended == nil { return try body(held) }
    }
  }
}
