/// What is asked of `ide-keys`, by the names that verdicts have.
public enum KeyProperty: String, CaseIterable, Sendable {
  case lockedWithoutKeys = "locked-without-keys"
  case keyTaken = "key-taken"
  case keyOutlivesSession = "key-outlives-session"
  case countReused = "count-reused"
  case packetOutOfTurn = "packet-out-of-turn"
  case staleRead = "stale-read"
  case completionToOther = "completion-to-other"
  case writeOfOtherOwner = "write-of-other-owner"

  public var sentence: String {
    switch self {
    case .lockedWithoutKeys: "no interface is locked unless all sub-streams have keys of its session in use"
    case .keyTaken: "what the TSM was told of its keys is so"
    case .keyOutlivesSession: "no key outlives the session that brought it"
    case .countReused: "no counter is used twice under one key"
    case .packetOutOfTurn: "no packet is taken twice, or before its turn"
    case .staleRead: "no read is answered before the writes that were sent before it"
    case .completionToOther: "no completion reaches anybody but who waits for it"
    case .writeOfOtherOwner: "no write is done but while its sender owns the running interface"
    }
  }

  public init?(sentence: String) {
    guard let found = Self.allCases.first(where: { $0.sentence == sentence }) else { return nil }
    self = found
  }
}
