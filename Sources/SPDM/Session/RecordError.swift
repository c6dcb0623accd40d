/// Why a record was not made or not opened.
public struct RecordError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable, CaseIterable {
    /// The frame of the record or its inside is cut, or its lengths disagree.
    case malformed
    /// The record is of another session.
    case session
    /// The tag does not fit: wrong key, sequence number, header or text. Which of them cannot be known.
    case authentication
    /// All sequence numbers of these keys are used.
    case exhausted
    /// A message that does not belong here: a change of keys out of turn, an answer to nothing.
    case order
    /// A message that no record has room for.
    case tooLong
  }

  public let code: Code
  public let reason: String

  public init(_ code: Code, _ reason: String) { (self.code, self.reason) = (code, reason) }

  public var description: String { "\(code.rawValue): \(reason)" }
}
