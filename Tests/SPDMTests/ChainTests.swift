import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

import SPDM

/// Chains made here, each with one thing wrong.
@Suite struct Chains {
  static let day = Date(timeIntervalSince1970: 1_800_000_000)

  /// A root, an issuer and a leaf, and what can be said about them.
  struct Plan {
    var isIssuerAuthority = true
    var issuerSigns = true
    var leafSigns: Bool? = true
    var isLeafAuthority = false
    var leafAge: TimeInterval = 0
    var hasStrangeExtension = false
    var suite = AlgorithmSuite.p384
  }

  struct Made {
    let root: [UInt8]
    let issuer: [UInt8]
    let leaf: [UInt8]
    let key: SigningKey

    func chain(_ certificates: [[UInt8]]? = nil, root: [UInt8]? = nil, hash: HashAlgorithm = .sha384) throws -> UnverifiedChain {
      let blob = try #require(
        UnverifiedChain.blob(root: root ?? self.root, certificates: certificates ?? [self.root, issuer, leaf], hash: hash))
      return try UnverifiedChain(blob: blob, hash: hash)
    }
  }

  static func certificate(
    _ name: String, key: Certificate.PublicKey, issuer: String, by issuerKey: Certificate.PrivateKey, age: TimeInterval = 0,
    _ extensions: Certificate.Extensions
  ) throws -> [UInt8] {
    let certificate = try Certificate(
      version: .v3, serialNumber: .init(), publicKey: key, notValidBefore: day - 1000 - age, notValidAfter: day + 1000 - age,
      issuer: DistinguishedName { CommonName(issuer) }, subject: DistinguishedName { CommonName(name) }, signatureAlgorithm: .ecdsaWithSHA384,
      extensions: extensions, issuerPrivateKey: issuerKey)
    var serializer = DER.Serializer()
    try serializer.serialize(certificate)
    return serializer.serializedBytes
  }

  static func make(_ plan: Plan = Plan()) throws -> Made {
    let (rootKey, issuerKey) = (Certificate.PrivateKey(P384.Signing.PrivateKey()), Certificate.PrivateKey(P384.Signing.PrivateKey()))
    let authority = try Certificate.Extensions {
      Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
      KeyUsage(keyCertSign: true)
    }
    let root = try certificate("root", key: rootKey.publicKey, issuer: "root", by: rootKey, authority)
    let issuerExtensions = try Certificate.Extensions {
      Critical(plan.isIssuerAuthority ? BasicConstraints.isCertificateAuthority(maxPathLength: nil) : .notCertificateAuthority)
      KeyUsage(digitalSignature: !plan.issuerSigns, keyCertSign: plan.issuerSigns)
    }
    let issuer = try certificate("issuer", key: issuerKey.publicKey, issuer: "root", by: rootKey, issuerExtensions)
    let key: SigningKey = plan.suite.signature == .ecdsaP384 ? .p384(P384.Signing.PrivateKey()) : .p256(P256.Signing.PrivateKey())
    let leafKey: Certificate.PublicKey =
      switch key {
      case .p256(let key): .init(key.publicKey)
      case .p384(let key): .init(key.publicKey)
      }
    let leafExtensions = try Certificate.Extensions {
      Critical(plan.isLeafAuthority ? BasicConstraints.isCertificateAuthority(maxPathLength: nil) : .notCertificateAuthority)
      if let signs = plan.leafSigns { Critical(KeyUsage(digitalSignature: signs, keyAgreement: !signs)) }
      if plan.hasStrangeExtension { Certificate.Extension(oid: [1, 2, 3, 4], critical: true, value: [5, 0]) }
    }
    let leaf = try certificate("leaf", key: leafKey, issuer: "issuer", by: issuerKey, age: plan.leafAge, leafExtensions)
    return Made(root: root, issuer: issuer, leaf: leaf, key: key)
  }

  static func refusal(_ chain: UnverifiedChain, root: [UInt8], _ suite: AlgorithmSuite = .p384) async -> EvidenceError.Code? {
    do {
      _ = try await VerifiedChain(chain, root: root, at: day, suite: suite)
      return nil
    } catch { return error.code }
  }

  @Test(arguments: [AlgorithmSuite.p384, .p256]) func good(suite: AlgorithmSuite) async throws {
    let made = try Self.make(Plan(suite: suite))
    let chain = try made.chain(hash: suite.hash)
    let verified = try await VerifiedChain(chain, root: made.root, at: Self.day, suite: suite)
    #expect(verified.key.algorithm == suite.signature && verified.digest == chain.digest)
    #expect(verified.identity.device == nil && !verified.identity.isHardwareIdentity)
    // The root may be left out of the certificates, its hash may not.
    #expect(await Self.refusal(try made.chain([made.issuer, made.leaf], hash: suite.hash), root: made.root, suite) == nil)
  }

  @Test func bad() async throws {
    let good = try Self.make()
    let other = try Self.make()
    #expect(await Self.refusal(try good.chain(), root: other.root) == .rootHash)
    #expect(await Self.refusal(try good.chain(root: other.root), root: other.root) == .untrustedChain)
    #expect(await Self.refusal(try good.chain([good.root, other.issuer, good.leaf]), root: good.root) == .untrustedChain)
    #expect(await Self.refusal(try good.chain([good.root, good.leaf]), root: good.root) == .untrustedChain)
    #expect(await Self.refusal(try good.chain([good.issuer, good.root, good.leaf]), root: good.root) == .untrustedChain)
    #expect(await Self.refusal(try good.chain([good.root]), root: good.root) == .malformedChain)
    #expect(await Self.refusal(try good.chain([good.root, [0x30, 0]]), root: good.root) == .malformedChain)
    #expect(await Self.refusal(try good.chain(hash: .sha256), root: good.root, .p256) == .keyKind)
  }

  @Test func badPlans() async throws {
    for plan in [
      Plan(isIssuerAuthority: false), Plan(issuerSigns: false), Plan(leafSigns: false), Plan(leafSigns: nil), Plan(isLeafAuthority: true),
      Plan(leafAge: 5000), Plan(leafAge: -5000), Plan(hasStrangeExtension: true),
    ] {
      let made = try Self.make(plan)
      #expect(await Self.refusal(try made.chain(), root: made.root) == .untrustedChain, "\(plan)")
    }
  }

  /// One flipped bit in any certificate: it is no chain any more, or not a trusted one.
  @Test func oneBit() async throws {
    let made = try Self.make()
    let chain = try made.chain()
    let blob = try #require(UnverifiedChain.blob(root: made.root, certificates: chain.certificates, hash: .sha384))
    for bit in stride(from: 0, to: 8 * blob.count, by: 7) where !(16..<32).contains(bit) {
      guard let flipped = try? UnverifiedChain(blob: Signatures.flip(blob, bit), hash: .sha384) else { continue }
      #expect(await Self.refusal(flipped, root: made.root) != nil, "bit \(bit)")
    }
  }

  /// The count of unused bits in front of a signature is signed by nobody.
  @Test func unusedBits() async throws {
    for _ in 0..<4 {
      let made = try Self.make()
      let marker = try #require(
        made.leaf.indices.last { i in i + 4 < made.leaf.count && made.leaf[i] == 3 && made.leaf[i + 2] == 0 && made.leaf[i + 3] == 0x30 })
      var leaf = made.leaf
      leaf[marker + 2] = 1
      #expect(await Self.refusal(try made.chain([made.issuer, leaf]), root: made.root) == .malformedChain)
    }
  }

  @Test func portions() throws {
    let blob = Samples.random(1000, 1)
    var assembly = ChainAssembly(slot: .first, portion: 300)
    var requests = 0
    while let request = assembly.request {
      let (start, end) = (Int(request.offset), min(blob.count, Int(request.offset) + Int(request.length)))
      try assembly.take(CertificateResponse(slot: .first, portion: try Payload(blob[start..<end]), remainder: UInt16(blob.count - end)))
      requests += 1
    }
    #expect(requests == 4 && assembly == .complete(slot: .first, blob: blob))

    func refused(_ answers: (slot: UInt8, count: Int, remainder: UInt16)...) throws -> Bool {
      var assembly = ChainAssembly(slot: .first, portion: 300)
      for answer in answers {
        let slot = try #require(CertificateSlot(answer.slot))
        do {
          try assembly.take(CertificateResponse(slot: slot, portion: try Payload(Samples.random(answer.count, 1)), remainder: answer.remainder))
        } catch is EvidenceError { return true }
      }
      return false
    }
    #expect(try !refused((0, 300, 100), (0, 100, 0)))
    #expect(try refused((1, 300, 0)))
    #expect(try refused((0, 0, 100)))
    #expect(try refused((0, 301, 0)))
    #expect(try refused((0, 300, 100), (0, 50, 100)))
    #expect(try refused((0, 300, 65535)))
    #expect(try refused((0, 300, 0), (0, 1, 0)))
  }
}
