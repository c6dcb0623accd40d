import SPDM

/// Something that a served device does wrong because it was told to.
public enum Fault: Hashable, Sendable {
  case badSignature, wrongNonce, staleMeasurements, cutPortion, notReady
  case busy(Int), errorAt(Int), dropSessionAt(Int)
  case staleReport, reorderedRanges, wrongLockNonce, lockWithoutKeys
  case slow(milliseconds: Int), hangAt(Int), closeAt(Int), lieAboutLength

  /// What a fault is called, whether it takes a number, and what it does.
  public static let catalogue: [(name: String, example: String, summary: String)] = [
    ("bad-signature", "", "one bit of every signature is another"),
    ("wrong-nonce", "", "CHALLENGE and GET_MEASUREMENTS are answered for a nonce that nobody sent"),
    ("stale-measurements", "", "signed MEASUREMENTS are always the first that were given: the second client sees it"),
    ("stale-report", "", "the interface report is that of the lock before"),
    ("reordered-ranges", "", "the ranges of the interface report come in another order"),
    ("wrong-lock-nonce", "", "START refuses the nonce that LOCK gave"),
    ("lock-without-keys", "", "LOCK is accepted before the stream has its keys: ask with --steps lock"),
    ("truncated-portion", "", "CERTIFICATE has less in it than its length says"),
    ("busy", "=2", "BUSY comes so often before each answer"),
    ("not-ready", "", "RESPONSE_NOT_READY comes before each answer that takes a signature"),
    ("error-at", "=4", "the request with this number, from 1, gets an ERROR"),
    ("drop-session-at", "=3", "a session is forgotten at its record with this number"),
    ("slow", "=50", "every answer takes so many milliseconds"),
    ("hang-at", "=5", "the object with this number is never answered"),
    ("close-at", "=5", "the connection is closed at the object with this number"),
    ("lie-about-length", "", "a frame, or with --framing doe an object, claims to be longer than it is"),
  ]

  /// `busy=3`; a number that is left out is the catalogue's. Nil for a name that is none, or a number that does not belong.
  public init?(_ text: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let entry = Self.catalogue.first(where: { $0.name == parts[0] }) else { return nil }
    let takesNumber = !entry.example.isEmpty
    guard parts.count == 1 || takesNumber else { return nil }
    let digits = parts.count == 2 ? parts[1] : String(entry.example.dropFirst())
    let number = Int(digits) ?? 0
    guard !takesNumber || (1...1_000_000).contains(number) else { return nil }
    switch parts[0] {
    case "bad-signature": self = .badSignature
    case "wrong-nonce": self = .wrongNonce
    case "stale-measurements": self = .staleMeasurements
    case "stale-report": self = .staleReport
    case "reordered-ranges": self = .reorderedRanges
    case "wrong-lock-nonce": self = .wrongLockNonce
    case "lock-without-keys": self = .lockWithoutKeys
    case "truncated-portion": self = .cutPortion
    case "busy": self = .busy(number)
    case "not-ready": self = .notReady
    case "error-at": self = .errorAt(number)
    case "drop-session-at": self = .dropSessionAt(number)
    case "slow": self = .slow(milliseconds: number)
    case "hang-at": self = .hangAt(number)
    case "close-at": self = .closeAt(number)
    case "lie-about-length": self = .lieAboutLength
    default: return nil
    }
  }
}

extension Misconduct {
  public init(_ faults: Set<Fault>) {
    self.init()
    for fault in faults {
      switch fault {
      case .badSignature: hasBadSignatures = true
      case .wrongNonce: answersOtherNonces = true
      case .staleMeasurements: repeatsMeasurements = true
      case .cutPortion: cutsPortions = true
      case .notReady: isNeverReady = true
      case .busy(let count): busyAnswers = count
      case .errorAt(let step): errorAt = step
      case .dropSessionAt(let record): forgetsSessionAt = record
      case .staleReport, .reorderedRanges, .wrongLockNonce, .lockWithoutKeys, .slow, .hangAt, .closeAt, .lieAboutLength: break
      }
    }
  }
}
