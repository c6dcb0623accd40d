import Crypto
import Foundation

/// The private counterpart of a leaf's key. It is wiped by the library that holds it, and prints as nothing.
public enum SigningKey: Sendable {
  case p256(P256.Signing.PrivateKey)
  case p384(P384.Signing.PrivateKey)

  public var publicKey: LeafKey {
    switch self {
    case .p256(let key): .p256(key.publicKey)
    case .p384(let key): .p384(key.publicKey)
    }
  }

  public func signature(of transcript: Transcript, as context: SigningContext) throws(EvidenceError) -> SignatureValue {
    let signed = transcript.signed(as: context)
    let raw =
      switch self {
      case .p256(let key): try? signed.withDigest { try key.signature(for: $0).rawRepresentation }
      case .p384(let key): try? signed.withDigest { try key.signature(for: $0).rawRepresentation }
      }
    guard let raw, let value = SignatureValue(raw, publicKey.algorithm) else {
      throw EvidenceError(.signature, "the library made no signature")
    }
    return value
  }
}

extension SigningKey: CustomStringConvertible, CustomReflectable {
  public var description: String { "(secret)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
