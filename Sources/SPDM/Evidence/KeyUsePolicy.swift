import SwiftASN1
import X509

/// What the keys in a device's chain may be for, which the library leaves open. DSP0274 1.2 section 10.6.1, RFC 5280
/// section 4.2.1.3.
struct KeyUsePolicy: VerifierPolicy {
  /// Looked at here, or by whoever reads the device's identity; any other critical extension fails the chain.
  let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [
    .X509ExtensionID.keyUsage, .X509ExtensionID.extendedKeyUsage, .X509ExtensionID.subjectAlternativeName, DeviceIdentity.extensionID,
  ]

  func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult {
    for (i, certificate) in chain.enumerated() {
      guard let usage = try? certificate.extensions.keyUsage else {
        // A root may come from a time when nobody wrote it down. The leaf may not.
        if i == 0 { return .failsToMeetPolicy(reason: "the leaf does not say what its key is for") }
        if certificate.extensions[oid: .X509ExtensionID.keyUsage] != nil { return .failsToMeetPolicy(reason: "a key usage that cannot be read") }
        continue
      }
      if i == 0, !usage.digitalSignature { return .failsToMeetPolicy(reason: "the leaf's key is not for signatures") }
      if i > 0, !usage.keyCertSign { return .failsToMeetPolicy(reason: "an issuer's key is not for certificates") }
    }
    guard let leaf = chain.first else { return .failsToMeetPolicy(reason: "no certificates") }
    do {
      if case .isCertificateAuthority = try leaf.extensions.basicConstraints { return .failsToMeetPolicy(reason: "the leaf is an authority") }
    } catch {
      return .failsToMeetPolicy(reason: "constraints of the leaf that cannot be read")
    }
    return .meetsPolicy
  }
}
