import Crypto
import Foundation

/// The public key of a leaf certificate: what signatures of its owner are checked with.
public enum LeafKey: Sendable {
  case p256(P256.Signing.PublicKey)
  case p384(P384.Signing.PublicKey)

  public var algorithm: SignatureAlgorithm {
    switch self {
    case .p256: .ecdsaP256
    case .p384: .ecdsaP384
    }
  }

  /// Whether the owner of the key signed this transcript for this purpose.
  public func verifies(_ signature: SignatureValue, of transcript: Transcript, as context: SigningContext) -> Bool {
    guard signature.algorithm == algorithm else { return false }
    let signed = transcript.signed(as: context)
    switch self {
    case .p256(let key):
      guard let value = try? P256.Signing.ECDSASignature(rawRepresentation: signature.bytes) else { return false }
      return signed.withDigest { key.isValidSignature(value, for: $0) }
    case .p384(let key):
      guard let value = try? P384.Signing.ECDSASignature(rawRepresentation: signature.bytes) else { return false }
      return signed.withDigest { key.isValidSignature(value, for: $0) }
    }
  }
}

extension Transcript {
  /// What goes into the signature: from 1.2 on the hash of (prefix, hash of the transcript), in 1.1 that of the transcript.
  func signed(as context: SigningContext) -> RunningHash {
    guard let prefix = context.prefix(version) else { return hash }
    var signed = RunningHash(suite.hash)
    signed.update(prefix)
    signed.update(digest.bytes)
    return signed
  }
}
