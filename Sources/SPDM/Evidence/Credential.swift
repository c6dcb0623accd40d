import SwiftASN1
import X509

/// What a responder proves itself with: certificates from the root to a leaf, and the key of that leaf.
public struct Credential: Sendable {
  /// DER, from the root to the leaf.
  public let certificates: [[UInt8]]
  public let key: SigningKey

  /// Errors: `malformedChain` if there is no certificate below the root or the last is none; `keyKind` if the key is not the leaf's.
  public init(certificates: [[UInt8]], key: SigningKey) throws(EvidenceError) {
    guard certificates.count > 1, let last = certificates.last, let leaf = try? Certificate(derEncoded: last) else {
      throw EvidenceError(.malformedChain, "no leaf below a root")
    }
    let isItsKey =
      switch key.publicKey {
      case .p256(let key): leaf.publicKey == Certificate.PublicKey(key)
      case .p384(let key): leaf.publicKey == Certificate.PublicKey(key)
      }
    guard isItsKey else { throw EvidenceError(.keyKind, "the key is not that of the leaf") }
    (self.certificates, self.key) = (certificates, key)
    guard blob(.sha256) != nil, blob(.sha384) != nil else { throw EvidenceError(.malformedChain, "certificates that no blob has room for") }
  }

  /// DER of the root.
  public var root: [UInt8] { certificates.first ?? [] }

  /// The suite that this key signs in.
  public var suite: AlgorithmSuite {
    switch key.publicKey.algorithm {
    case .ecdsaP256: .p256
    case .ecdsaP384: .p384
    }
  }

  /// The chain as GET_CERTIFICATE hands it out. DSP0274 1.2 table 33.
  func blob(_ hash: HashAlgorithm) -> [UInt8]? { UnverifiedChain.blob(root: root, certificates: certificates, hash: hash) }
}
