import Crypto
import Foundation
import SwiftASN1
import X509

extension Credential {
  /// A new root, an issuer below it, and a leaf for a device, as `device serve --new-identity` needs them: keys that nobody had
  /// before, and certificates that say of themselves that they are for tests.
  ///
  /// - Parameters:
  ///   - device: "manufacturer:product:serial", DSP0274 1.2 section 10.6.1.
  ///   - now: the certificates hold from an hour before to ten years after it.
  public static func make(_ suite: AlgorithmSuite, device: String, now: Date) throws(EvidenceError) -> Self {
    let key: SigningKey = suite.signature == .ecdsaP384 ? .p384(P384.Signing.PrivateKey()) : .p256(P256.Signing.PrivateKey())
    return try make(root: .p384(P384.Signing.PrivateKey()), issuer: .p384(P384.Signing.PrivateKey()), key: key, device: device, now: now)
  }

  /// The same with keys that follow from words, for a device that is modelled: whoever knows the words has the keys. On P-256. The
  /// certificates hold from that day on, and only their signatures differ from one making to the next.
  public static func derived(from words: String, device: String, day: Date) throws(EvidenceError) -> Self {
    try make(root: try derivedKey("root"), issuer: try derivedKey("issuer"), key: try derivedKey("device \(words)"), device: device, now: day)
  }

  /// What `VerifiedChain.rootKeyDigest` is of every such chain.
  public static func derivedRootKeyDigest() throws(EvidenceError) -> [UInt8] {
    Array(SHA384.hash(data: try derivedKey("root").forCertificates.publicKey.subjectPublicKeyInfoBytes))
  }

  private static func derivedKey(_ whose: String) throws(EvidenceError) -> SigningKey {
    // A number that is no key of the curve comes once in 2 to the power of 32.
    for attempt in 0..<4 {
      let number = SHA256.hash(data: Array("cofferdam test key, \(whose), \(attempt)".utf8))
      if let key = try? P256.Signing.PrivateKey(rawRepresentation: Array(number)) { return .p256(key) }
    }
    throw EvidenceError(.keyKind, "no key follows from \(whose)")
  }

  private static func make(
    root: SigningKey, issuer: SigningKey, key: SigningKey, device: String, now: Date
  ) throws(EvidenceError) -> Self {
    do {
      let validity = (now.addingTimeInterval(-3600), now.addingTimeInterval(3600 * 24 * 3650))
      let (rootKey, issuerKey) = (root.forCertificates, issuer.forCertificates)
      let leafKey = key.forCertificates.publicKey
      let names = try ["Cofferdam test root", "Cofferdam test issuer", device].map { name in try DistinguishedName { CommonName(name) } }
      func certificate(
        _ at: Int, _ key: Certificate.PublicKey, by issuer: Int, _ signer: Certificate.PrivateKey, _ extensions: Certificate.Extensions
      ) throws -> [UInt8] {
        let certificate = try Certificate(
          version: .v3, serialNumber: .init(), publicKey: key, notValidBefore: validity.0, notValidAfter: validity.1, issuer: names[issuer],
          subject: names[at], signatureAlgorithm: root.publicKey.algorithm == .ecdsaP384 ? .ecdsaWithSHA384 : .ecdsaWithSHA256,
          extensions: extensions, issuerPrivateKey: signer)
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
      }
      func authority(_ key: Certificate.PublicKey, above: Certificate.PublicKey, below: Int?) throws -> Certificate.Extensions {
        try Certificate.Extensions {
          Critical(BasicConstraints.isCertificateAuthority(maxPathLength: below))
          Critical(KeyUsage(keyCertSign: true, cRLSign: true))
          SubjectKeyIdentifier(hash: key)
          AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: above).keyIdentifier)
        }
      }
      let certificates = [
        try certificate(0, rootKey.publicKey, by: 0, rootKey, authority(rootKey.publicKey, above: rootKey.publicKey, below: nil)),
        try certificate(1, issuerKey.publicKey, by: 0, rootKey, authority(issuerKey.publicKey, above: rootKey.publicKey, below: 0)),
        try certificate(2, leafKey, by: 1, issuerKey, DeviceIdentity.extensions(device, key: leafKey, issuer: issuerKey.publicKey)),
      ]
      return try Self(certificates: certificates, key: key)
    } catch let error as EvidenceError { throw error } catch { throw EvidenceError(.malformedChain, "no certificate could be made: \(error)") }
  }
}

extension SigningKey {
  fileprivate var forCertificates: Certificate.PrivateKey {
    switch self {
    case .p256(let key): Certificate.PrivateKey(key)
    case .p384(let key): Certificate.PrivateKey(key)
    }
  }
}

extension DeviceIdentity {
  /// What a leaf says in DMTF's terms. DSP0274 1.2 section 10.6.1: its key is for signatures, in the role of a responder, of a
  /// device with this name, and is a hardware identity.
  static func extensions(_ device: String, key: Certificate.PublicKey, issuer: Certificate.PublicKey) throws -> Certificate.Extensions {
    let name = GeneralName.otherName(GeneralName.OtherName(typeID: deviceInfo, value: try ASN1Any(erasing: ASN1UTF8String(device))))
    var identities = DER.Serializer()
    try identities.appendConstructedNode(identifier: .sequence) { outer in
      try outer.appendConstructedNode(identifier: .sequence) { inner in try inner.serialize(hardwareIdentity) }
    }
    let value = identities.serializedBytes
    return try Certificate.Extensions {
      Critical(BasicConstraints.notCertificateAuthority)
      Critical(KeyUsage(digitalSignature: true, nonRepudiation: true))
      try ExtendedKeyUsage([ExtendedKeyUsage.Usage(oid: responderRole)])
      SubjectKeyIdentifier(hash: key)
      AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: issuer).keyIdentifier)
      SubjectAlternativeNames([name])
      Certificate.Extension(oid: extensionID, critical: false, value: value[...])
    }
  }
}
