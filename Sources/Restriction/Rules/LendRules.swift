import Primitives

/// Loans: the normal world gives pages away, they are restricted memory for a while, and they come back zero.
///
/// By SMC it is two calls: LEND_PROTMEM, which is `lend` and `assign` at once, and RECLAIM_PROTMEM, which is `release` and `reclaim`. By FF-A
/// they are four, and others may act in between. Sources: OP-TEE's optee_smc.h and optee_ffa.h as of Linux 6.18, FF-A 1.2 chapter on memory
/// management.
extension RestrictedStage {
  /// Takes pages from the normal world. From here on nobody reaches them.
  @inlinable public mutating func lend(_ request: LendRequest) -> RestrictedOutcome {
    guard law.holds(.lendAligned, (request.start | request.length) & 4095 == 0 && request.length > 0) else { return .refused(.lendAligned) }
    guard law.holds(.lendMinimum, request.length >= minimumLend) else { return .refused(.lendMinimum) }
    var page = request.pages.lowerBound
    while page < request.pages.upperBound {
      guard law.holds(.lendUnregistered, self[page: page] != .registered) else { return .refused(.lendUnregistered) }
      let isOrdinary = self[page: page] == .ordinary || self[page: page] == .registered
      guard law.holds(.lendOrdinary, isOrdinary) else { return .refused(.lendOrdinary) }
      page = endOfAlike(from: page, to: request.pages.upperBound)
    }
    guard law.holds(.lendCookie, lend(named: request.cookie) == nil) else { return .refused(.lendCookie) }
    var free: Int?
    for slot in 0..<lendCount where self[lend: slot].stage == .none { free = free ?? slot }
    guard let slot = free else { return .refused(.lendRoom) }
    self[lend: slot] = Lend(.lent, cookie: request.cookie, firstPage: request.pages.lowerBound, pages: request.pages.count)
    record(request.pages, .lent)
    enforce(request.pages, .closed)
    return .accepted
  }

  /// Gives a loan its use: its pages are in the region's pool, unscrubbed, and under its rules.
  @inlinable public mutating func assign(_ cookie: UInt64, to region: RegionIndex) -> RestrictedOutcome {
    guard let slot = lend(named: cookie, .assignCookie) else { return .refused(.assignCookie) }
    var loan = self[lend: slot]
    guard law.holds(.assignOnce, loan.stage == .lent) else { return .refused(.assignOnce) }
    loan.stage = .assigned
    self[lend: slot] = loan
    record(loan.range, .unscrubbed(region))
    enforce(loan.range, .region(region))
    return .accepted
  }

  /// Takes a loan out of its pool: possible when the last buffer of it is gone and everything was zeroed.
  @inlinable public mutating func release(_ cookie: UInt64) -> RestrictedOutcome {
    guard let slot = lend(named: cookie, .releaseCookie) else { return .refused(.releaseCookie) }
    var loan = self[lend: slot]
    guard law.holds(.releaseAssigned, loan.stage == .assigned) else { return .refused(.releaseAssigned) }
    var page = loan.range.lowerBound
    while page < loan.range.upperBound {
      if case .handedOut = self[page: page] {
        guard law.holds(.releaseLastReference, false) else { return .refused(.releaseLastReference) }
      }
      switch self[page: page] {
      case .unscrubbed, .scrubbing: guard law.holds(.releaseScrubbed, false) else { return .refused(.releaseScrubbed) }
      default: break
      }
      page = endOfAlike(from: page, to: loan.range.upperBound)
    }
    loan.stage = .lent
    self[lend: slot] = loan
    record(loan.range, .lent)
    enforce(loan.range, .closed)
    return .accepted
  }

  /// Gives the pages back to the normal world, and forgets the cookie.
  @inlinable public mutating func reclaim(_ cookie: UInt64) -> RestrictedOutcome {
    guard let slot = lend(named: cookie, .reclaimCookie) else { return .refused(.reclaimCookie) }
    let loan = self[lend: slot]
    guard law.holds(.reclaimReleased, loan.stage == .lent) else { return .refused(.reclaimReleased) }
    self[lend: slot] = .none
    record(loan.range, .ordinary)
    enforce(loan.range, .open)
    return .accepted
  }

  /// Whether a loan in the books has the page.
  @inlinable func isLent(page: Int) -> Bool {
    for slot in 0..<lendCount where self[lend: slot].stage != .none && self[lend: slot].range.contains(page) { return true }
    return false
  }

  /// Where the pages end, from this one on, that are in the same loans.
  @inlinable func endOfLoan(from page: Int, to limit: Int) -> Int {
    var end = limit
    for slot in 0..<lendCount where self[lend: slot].stage != .none {
      let loan = self[lend: slot].range
      if page < loan.lowerBound { end = min(end, loan.lowerBound) } else if page < loan.upperBound { end = min(end, loan.upperBound) }
    }
    return end
  }
}
