/// What to do with an answer that says "not now". DSP0274 1.2 section 10.12.
public enum Retry: Hashable, Sendable {
  /// Ask the same again, after a while of one's own choice.
  case again
  /// Come back for the answer with this message, not before so many microseconds.
  case later(microseconds: UInt64, RespondIfReady)

  /// Longer than this nobody is made to wait: 2 to the power of 24 microseconds, some 17 seconds.
  public static let exponentLimit: UInt8 = 24

  /// Nil for an error that stays one, for a peer that wants more patience than there is, and for one that offers the
  /// answer to another request than was sent.
  public init?(_ error: ErrorResponse, request: MessageCode) {
    switch error.reason {
    case .busy: self = .again
    case .notReady(let wait) where wait.exponent <= Self.exponentLimit && wait.request == request.rawValue:
      self = .later(microseconds: 1 << UInt64(wait.exponent), RespondIfReady(request: wait.request, token: wait.token))
    default: return nil
    }
  }
}
