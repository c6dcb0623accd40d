/// What is asked of the model, by the names that verdicts have.
public enum HeapProperty: String, CaseIterable, Sendable {
  case clearByteReachable = "clear-byte-reachable"
  case twoOwners = "two-owners"
  case unscrubbedHandedOut = "unscrubbed-handed-out"
  case unknownCookieObeyed = "unknown-cookie-obeyed"
  case lendNotReclaimed = "lend-not-reclaimed"

  public var sentence: String {
    switch self {
    case .clearByteReachable: "no clear byte is reachable by a master without a rule"
    case .twoOwners: "no page is in two owners' hands"
    case .unscrubbedHandedOut: "no unscrubbed page is handed out"
    case .unknownCookieObeyed: "no call obeys a cookie that names no loan"
    case .lendNotReclaimed: "every lend is reclaimed once its client is dead"
    }
  }
  public init?(sentence: String) {
    guard let found = Self.allCases.first(where: { $0.sentence == sentence }) else { return nil }
    self = found
  }
}
