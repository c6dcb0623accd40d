import Foundation
import SPDM

/// A chain out of files: PEM, in either order, with the root or without.
public enum CertificateFiles {
  /// Verified up to `root` at a time, with the suite that the leaf's key has: P-384 with SHA-384, P-256 with SHA-256.
  public static func verified(
    chain: String, root: String, at time: Date
  ) async throws(EvidenceError) -> (chain: VerifiedChain, suite: AlgorithmSuite) {
    let certificates = CredentialText.rootFirst(try CredentialText.certificates(chain))
    let roots = try CredentialText.certificates(root)
    guard let trusted = roots.first, roots.count == 1 else { throw EvidenceError(.malformedChain, "\(roots.count) certificates where one root is") }
    var last = EvidenceError(.keyKind, "the leaf's key is not for P-384 or P-256")
    for suite in [AlgorithmSuite.p384, .p256] {
      guard let blob = UnverifiedChain.blob(root: trusted, certificates: certificates, hash: suite.hash) else {
        throw EvidenceError(.malformedChain, "the chain is too long")
      }
      do {
        let unverified = try UnverifiedChain(blob: blob, hash: suite.hash)
        return (try await VerifiedChain(unverified, root: trusted, at: time, suite: suite), suite)
      } catch {
        if error.code != .keyKind { throw error }
        last = error
      }
    }
    throw last
  }
}
