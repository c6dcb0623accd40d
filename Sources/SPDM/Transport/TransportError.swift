/// Why no answer came, or none that is an object.
public struct TransportError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable, CaseIterable {
    /// Nobody is there, or nobody listens.
    case unreachable
    /// The other side closed while an answer was due.
    case closed
    /// Nothing came in the time there was.
    case timeout
    /// A length that its frame does not keep, or that is more than is taken.
    case length
    /// Bytes that are no frame, no object, or an object of another kind than was asked for.
    case malformed
    /// The other side said "not now" more often than there is patience.
    case busy
  }

  public let code: Code
  public let reason: String

  public init(_ code: Code, _ reason: String) { (self.code, self.reason) = (code, reason) }

  public var description: String { "\(code.rawValue): \(reason)" }
}
