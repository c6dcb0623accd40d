import Crypto
import Foundation

/// How a session's secrets follow from each other. DSP0274 1.2 section 12: HKDF of the base hash, with labels that
/// carry the version, so that no secret of one version is one of another.
struct KeySchedule: Sendable {
  let version: SPDMVersion
  let hash: HashAlgorithm

  func extract(salt: Secret, _ material: Secret) -> Secret {
    func run<H: HashFunction>(_ type: H.Type) -> Secret {
      salt.withUnsafeBytes { Secret(bytes: HKDF<H>.extract(inputKeyMaterial: material.key, salt: $0)) }
    }
    switch hash {
    case .sha256: return run(SHA256.self)
    case .sha384: return run(SHA384.self)
    }
  }

  /// Section 12.1: length, version, label and, where there is one, the hash of a transcript.
  func expand(_ secret: Secret, _ label: String, transcript: DigestValue? = nil, byteCount: Int) -> Secret {
    let info =
      [UInt8(truncatingIfNeeded: byteCount), UInt8(truncatingIfNeeded: byteCount >> 8)] + Array("spdm\(version.text) ".utf8)
      + Array(label.utf8) + (transcript?.bytes ?? [])
    switch hash {
    case .sha256: return Secret(HKDF<SHA256>.expand(pseudoRandomKey: secret.key, info: info, outputByteCount: byteCount))
    case .sha384: return Secret(HKDF<SHA384>.expand(pseudoRandomKey: secret.key, info: info, outputByteCount: byteCount))
    }
  }

  /// A secret as long as the hash.
  func derive(_ secret: Secret, _ label: String, transcript: DigestValue? = nil) -> Secret {
    expand(secret, label, transcript: transcript, byteCount: hash.byteCount)
  }

  var zeros: Secret { Secret(bytes: [UInt8](repeating: 0, count: hash.byteCount)) }
}
