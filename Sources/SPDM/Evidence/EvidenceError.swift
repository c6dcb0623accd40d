/// Why evidence is not believed.
public struct EvidenceError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable, CaseIterable {
    /// The blob is no chain: its length, or the certificates in it.
    case malformedChain
    /// The hash of the root in the blob is not that of the root that is trusted.
    case rootHash
    /// No path of signatures from the leaf to the root, or one that breaks a rule of RFC 5280.
    case untrustedChain
    case keyUsage
    /// The leaf's key is of another kind than was negotiated.
    case keyKind
    /// The chain is not the one whose digest was told.
    case chainDigest
    case signature
    /// Signed perhaps, but not what was asked.
    case answer
    /// The proof that a side has the session's keys.
    case verifyData
    /// A public point that lies on no curve of the group.
    case exchangePoint
  }

  public let code: Code
  public let reason: String

  public init(_ code: Code, _ reason: String) { (self.code, self.reason) = (code, reason) }

  public var description: String { "\(code.rawValue): \(reason)" }
}
