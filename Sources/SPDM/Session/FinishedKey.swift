import Crypto
import Foundation

/// The key with which one side proves that it has the handshake's secrets. DSP0274 1.2 section 12.4.
public struct FinishedKey: Sendable {
  package let secret: Secret
  let hash: HashAlgorithm

  /// The code over the hash of the transcript.
  public func verifyData(over transcript: DigestValue) -> DigestValue {
    switch hash {
    case .sha256:
      DigestValue(unchecked: Array(HMAC<SHA256>.authenticationCode(for: transcript.bytes, using: secret.key)), hash)
    case .sha384:
      DigestValue(unchecked: Array(HMAC<SHA384>.authenticationCode(for: transcript.bytes, using: secret.key)), hash)
    }
  }

  /// Compared in constant time: how much of a guess was right is nobody's to learn.
  public func accepts(_ verifyData: DigestValue, over transcript: DigestValue) -> Bool {
    guard verifyData.algorithm == hash else { return false }
    return switch hash {
    case .sha256: HMAC<SHA256>.isValidAuthenticationCode(verifyData.bytes, authenticating: transcript.bytes, using: secret.key)
    case .sha384: HMAC<SHA384>.isValidAuthenticationCode(verifyData.bytes, authenticating: transcript.bytes, using: secret.key)
    }
  }
}
