/// What a responder does wrong on purpose, so that requesters can be tried on it. Nothing of it is set by itself.
public struct Misconduct: Hashable, Sendable {
  /// One bit of every signature is another.
  public var hasBadSignatures = false
  /// CHALLENGE and GET_MEASUREMENTS are answered for a nonce that nobody sent.
  public var answersOtherNonces = false
  /// Signed MEASUREMENTS are always the first that were given.
  public var repeatsMeasurements = false
  /// CERTIFICATE has less in it than its length says.
  public var cutsPortions = false
  /// How often BUSY comes before an answer.
  public var busyAnswers = 0
  /// Every answer that takes a signature is fetched with RESPOND_IF_READY.
  public var isNeverReady = false
  /// The request, counted from 1, that gets an ERROR.
  public var errorAt: Int?
  /// The record, counted from 1, at which a session is forgotten.
  public var forgetsSessionAt: Int?

  public init() {}
}
