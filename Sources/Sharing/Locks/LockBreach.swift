/// A lock that was taken out of order: an error of a program, and not of its input. What lockdep would say.
public enum LockBreach: String, Error, CaseIterable, Sendable {
  case deviceAfterReservation = "a device's memory lock is taken before any reservation"
  case deviceAfterTables = "a device's memory lock is taken before the lock of page tables"
  case reservationAfterTables = "a reservation is taken before the lock of page tables"
  case reservationInCallback = "the callback of a fence does not take a reservation"
  case secondReservation = "a second reservation needs a ticket that has the first as well"
  case secondTables = "one lock of page tables at a time"

  /// The order of linux.md section 8: a device's memory lock, then reservations, then the lock of an importer's page tables. A callback of a
  /// fence takes no reservation (dma-fence.c, "callbacks may be called from atomic context"), and all reservations that are held at once need one ticket
  /// (ww-mutex-design.rst).
  /// - Parameters:
  ///   - rank: of the lock that is to be taken.
  ///   - held: by the same party.
  ///   - underTicket: how many of those reservations are held with the ticket that it is taken with; 0 without one. One that is held beside the
  ///     ticket is none of the ticket's to give way for.
  /// - Returns: the rule that taking another lock would break; nil if it is in order.
  @inlinable public init?(taking rank: LockRank, with held: HeldLocks, underTicket: Int = 0) {
    func has(_ rank: LockRank) -> Bool { held.count(rank) > 0 }
    switch rank {
    case .device where has(.reservation): self = .deviceAfterReservation
    case .device where has(.pageTables): self = .deviceAfterTables
    case .reservation where has(.pageTables): self = .reservationAfterTables
    case .reservation where has(.fenceCallback): self = .reservationInCallback
    case .reservation where held.count(.reservation) > underTicket: self = .secondReservation
    case .pageTables where has(.pageTables): self = .secondTables
    case .device, .reservation, .pageTables, .fenceCallback: return nil
    }
  }
}
