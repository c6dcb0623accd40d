import Crypto
import Foundation

/// One side's part in agreeing on a secret: used once and gone. DSP0274 1.2 section 10.16.
public struct KeyAgreement: ~Copyable, Sendable {
  private enum Key: Sendable {
    case p256(P256.KeyAgreement.PrivateKey)
    case p384(P384.KeyAgreement.PrivateKey)
  }

  private let key: Key
  public let group: ExchangeGroup

  public init(_ group: ExchangeGroup) {
    self.group = group
    switch group {
    case .secp256r1: key = .p256(P256.KeyAgreement.PrivateKey())
    case .secp384r1: key = .p384(P384.KeyAgreement.PrivateKey())
    }
  }

  public var point: ExchangePoint {
    let raw =
      switch key {
      case .p256(let key): key.publicKey.rawRepresentation
      case .p384(let key): key.publicKey.rawRepresentation
      }
    return ExchangePoint(unchecked: Array(raw), group)
  }

  /// The secret that the other side finds as well. A point that is not on the curve would tell it our key, so the
  /// library refuses it.
  public consuming func agree(with peer: ExchangePoint) throws(EvidenceError) -> Secret {
    let secret: SharedSecret? =
      switch key {
      case .p256(let key): try? key.sharedSecretFromKeyAgreement(with: P256.KeyAgreement.PublicKey(rawRepresentation: peer.bytes))
      case .p384(let key): try? key.sharedSecretFromKeyAgreement(with: P384.KeyAgreement.PublicKey(rawRepresentation: peer.bytes))
      }
    guard peer.group == group, let secret else { throw EvidenceError(.exchangePoint, "the peer's point is not on the curve") }
    return Secret(bytes: secret)
  }
}
