/// Why a reservation was not locked, or did not take a fence. Nothing has changed then.
public enum ReservationError: Error, Hashable, Sendable {
  /// An older ticket holds it, and waiting with other locks in hand could be for ever: `EDEADLK`. Let go of everything, and begin with
  /// `lockSlowly` on this one.
  case deadlock
  /// This ticket holds it already: `EALREADY`.
  case already
  /// `lockSlowly` is for a ticket that holds nothing.
  case holdsOthers
  /// More fences were added than places were reserved before: the step that may fail comes first.
  case notReserved
  /// What was handed over is the lock of another reservation.
  case otherReservation

  /// The error number in errno.h.
  public var number: Int32 {
    switch self {
    case .deadlock: 35
    case .already: 114
    case .holdsOthers, .notReserved, .otherReservation: 22
    }
  }
}
