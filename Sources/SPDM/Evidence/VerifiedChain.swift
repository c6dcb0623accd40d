import Crypto
import Foundation
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

/// A chain that leads to a trusted root. There is no other way to make one than to check it.
public struct VerifiedChain: Sendable {
  public let unverified: UnverifiedChain
  public let key: LeafKey
  public let identity: DeviceIdentity
  /// SHA-384 of the root's public key as its certificate has it (SubjectPublicKeyInfo): what is the same in every certificate that is
  /// made for that root.
  public let rootKeyDigest: [UInt8]

  public var digest: DigestValue { unverified.digest }

  /// Checks signatures from the leaf up to `root` (DER), validity at `time`, constraints and uses of the keys, and that
  /// the chain is the one in the blob and no other path to the same root.
  ///
  /// The time is given, not taken from the clock, so that saved evidence can be asked about the day it was made. The
  /// library's verifier is asynchronous; nothing here waits for anything.
  public init(_ chain: UnverifiedChain, root: [UInt8], at time: Date, suite: AlgorithmSuite) async throws(EvidenceError) {
    guard DigestValue(hashing: root, suite.hash) == chain.rootHash else {
      throw EvidenceError(.rootHash, "the chain names another root than the one that is trusted")
    }
    let trusted = try Self.certificate(root, "the root")
    var certificates: [Certificate] = []
    for (i, bytes) in chain.certificates.enumerated() { certificates.append(try Self.certificate(bytes, "certificate \(i)")) }
    guard let leaf = certificates.last, certificates.count > 1 || leaf != trusted else {
      throw EvidenceError(.malformedChain, "the chain has no leaf below its root")
    }
    var verifier = Verifier(rootCertificates: CertificateStore([trusted])) {
      RFC5280Policy(fixedExpiryValidationTime: time)
      KeyUsePolicy()
    }
    switch await verifier.validate(leaf: leaf, intermediates: CertificateStore(certificates.dropLast())) {
    case .couldNotValidate(let failures):
      let reasons = failures.prefix(4).map { String("\($0.policyFailureReason)".prefix(200)) }
      throw EvidenceError(.untrustedChain, reasons.isEmpty ? "no path to the root" : reasons.joined(separator: "; "))
    case .validCertificate(let path):
      let expected = (certificates.first == trusted ? certificates : [trusted] + certificates).reversed()
      guard Array(path) == Array(expected) else { throw EvidenceError(.untrustedChain, "the certificates are not in the order of their signatures") }
    }
    key = try Self.key(leaf, suite.signature)
    identity = DeviceIdentity(leaf)
    rootKeyDigest = Array(SHA384.hash(data: trusted.publicKey.subjectPublicKeyInfoBytes))
    unverified = chain
  }

  /// The same for who has no asynchronous caller. Everything is done on this thread.
  public static func verify(
    _ chain: UnverifiedChain, root: [UInt8], at time: Date, suite: AlgorithmSuite
  ) throws(EvidenceError) -> VerifiedChain {
    let answer: Result<VerifiedChain, EvidenceError> = CallersThread.run {
      do throws(EvidenceError) { return .success(try await VerifiedChain(chain, root: root, at: time, suite: suite)) } catch {
        return .failure(error)
      }
    }
    return try answer.get()
  }

  private static func certificate(_ bytes: [UInt8], _ name: String) throws(EvidenceError) -> Certificate {
    do {
      // The library takes the signature's bytes and does not ask how many bits of the last one count.
      try DER.sequence(DER.parse(bytes), identifier: .sequence) { nodes in
        _ = (nodes.next(), nodes.next())
        guard try ASN1BitString(derEncoded: &nodes).paddingBits == 0 else { throw EvidenceError(.malformedChain, "a signature of odd bits") }
      }
      return try Certificate(derEncoded: bytes)
    } catch {
      throw EvidenceError(.malformedChain, "\(name) is no certificate")
    }
  }

  private static func key(_ leaf: Certificate, _ algorithm: SignatureAlgorithm) throws(EvidenceError) -> LeafKey {
    switch algorithm {
    case .ecdsaP256: if let key = P256.Signing.PublicKey(leaf.publicKey) { return .p256(key) }
    case .ecdsaP384: if let key = P384.Signing.PublicKey(leaf.publicKey) { return .p384(key) }
    }
    throw EvidenceError(.keyKind, "the leaf's key is not one for \(algorithm)")
  }
}
