import Restriction

/// A mistake of the secure world: a guard that is missing, or an order that is wrong.
public enum HeapFault: Hashable, Sendable {
  /// The scrubbing master says that it is done, and has written nothing.
  case noScrub
  /// Pages are handed out first and zeroed when there is time.
  case scrubAfterHandOut
  /// The firewall opens a page as its buffer is given back, before anybody has zeroed it.
  case ruleDroppedBeforeReclaim
  /// A cookie that is in use names a second loan.
  case cookieReused
  case dropped(RestrictedGuard)

  public static let named: [HeapFault] = [.noScrub, .scrubAfterHandOut, .ruleDroppedBeforeReclaim, .cookieReused]

  public init?(_ name: String) {
    if let found = Self.named.first(where: { $0.name == name }) {
      self = found
    } else if name.hasPrefix("drop-guard:"), let found = RestrictedGuard(id: String(name.dropFirst("drop-guard:".count))),
      RestrictedGuard.laws.contains(found)
    {
      self = .dropped(found)
    } else {
      return nil
    }
  }

  public var name: String {
    switch self {
    case .noScrub: "no-scrub"
    case .scrubAfterHandOut: "scrub-after-hand-out"
    case .ruleDroppedBeforeReclaim: "rule-dropped-before-reclaim"
    case .cookieReused: "cookie-reused"
    case .dropped(let one): "drop-guard:" + one.id
    }
  }

  public var summary: String {
    switch self {
    case .noScrub: "the scrubbing master says that it is done, and has written nothing"
    case .scrubAfterHandOut: "pages are handed out first, and zeroed when there is time"
    case .ruleDroppedBeforeReclaim: "the firewall opens a page that is given back before anybody has zeroed it"
    case .cookieReused: "a cookie that is in use names a second loan"
    case .dropped(let one): "nobody asks \(one.id)"
    }
  }

  /// The property that it breaks; nil for a guard that a table in the tests of `Restriction` misses, and nothing here: two are about
  /// bytes, which a model of pages does not have; a loan that was released stays what it is when it is released again; and a page without
  /// cover cannot come about while the other guards are asked.
  public var breaks: HeapProperty? {
    switch self {
    case .noScrub, .scrubAfterHandOut: .unscrubbedHandedOut
    case .ruleDroppedBeforeReclaim: .clearByteReachable
    case .cookieReused: .twoOwners
    case .dropped(let one):
      switch one {
      case .ruleSecureWorld, .ruleNotCPU, .ruleIsolation, .accessRule, .releaseScrubbed: .clearByteReachable
      case .handOutScrubbed, .scrubPermitted: .unscrubbedHandedOut
      case .assignCookie, .releaseCookie: .unknownCookieObeyed
      // Two owners as well, and sooner.
      case .reclaimCookie: .lendNotReclaimed
      case .lendAligned, .lendMinimum, .lendRoom, .releaseAssigned, .handOutCovered: nil
      case .closeSecureWorld, .openScrubbed, .openSecureWorld, .openNotLent, .lendOrdinary, .lendUnregistered, .lendCookie, .assignOnce,
        .releaseLastReference, .reclaimReleased, .handOutFree, .takeBackHandedOut, .takeBackLastReference, .scrubGivenBack, .scrubBegun:
        .twoOwners
      }
    }
  }

  /// The guards that are not asked.
  public var drops: [RestrictedGuard] {
    switch self {
    case .noScrub, .ruleDroppedBeforeReclaim: []
    case .scrubAfterHandOut: [.handOutScrubbed]
    case .cookieReused: [.lendCookie]
    case .dropped(let one): [one]
    }
  }
}
