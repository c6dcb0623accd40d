import Primitives

/// What somebody who finds a reservation locked does.
public enum LockAnswer: Hashable, BitwiseCopyable, Sendable {
  case wait
  case refused(SharingGuard)
}

/// Several reservations at once (ww-mutex-design.rst, the wait-die kind): the older waits, the younger gives way.
extension SharingLaw {
  /// - Parameters:
  ///   - stamp: of who wants it; the lower, the older. 0 is nobody's ticket: one lock alone, which may always wait.
  ///   - holdsOthers: whether that ticket holds other reservations.
  ///   - holder: the stamp of who has it, or 0.
  @inlinable public func answer(to stamp: UInt64, holdsOthers: Bool, heldBy holder: UInt64) -> LockAnswer {
    guard stamp != 0, holder != 0 else { return .wait }
    if stamp == holder { return holds(.lockOnce, false) ? .wait : .refused(.lockOnce) }
    guard holds(.lockYounger, !holdsOthers || stamp < holder) else { return .refused(.lockYounger) }
    return .wait
  }

  /// - Parameter held: reservations that the ticket holds.
  @inlinable public func refusalToLockSlowly(held: Int) -> SharingGuard? { refusal(.lockSlowlyEmptyHanded, unless: held == 0) }

  /// - Parameter promised: places that were reserved and not used.
  @inlinable public func refusalToAdd(promised: Int) -> SharingGuard? { refusal(.addReserved, unless: promised > 0) }
}
