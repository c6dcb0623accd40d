/// What is asked of `spdm-session`, by the names that verdicts have.
public enum SessionProperty: String, CaseIterable, Sendable {
  case applicationKeyEarly = "application-key-early"
  case sessionWithStranger = "session-with-stranger"
  case downgrade
  case numberReused = "number-reused"
  case staleEvidence = "stale-evidence"
  case recordOutOfTurn = "record-out-of-turn"
  case sessionOutlived = "session-outlived"
  case keysRunAhead = "keys-run-ahead"

  public var sentence: String {
    switch self {
    case .applicationKeyEarly: "no side has an application key before the other has proved its own"
    case .sessionWithStranger: "the requester has no session with anybody but the device"
    case .downgrade: "no session of the two stands on less than the best that both speak"
    case .numberReused: "no sequence number is used twice under one key"
    case .staleEvidence: "no measurements are believed that were signed before they were asked for"
    case .recordOutOfTurn: "no record is taken that the other side did not send, or not in its turn"
    case .sessionOutlived: "no record is taken in a session that has ended"
    case .keysRunAhead: "the requester uses no keys that the responder has not got"
    }
  }

  public init?(sentence: String) {
    guard let found = Self.allCases.first(where: { $0.sentence == sentence }) else { return nil }
    self = found
  }
}
