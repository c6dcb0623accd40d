import Crypto
import Foundation
import SwiftASN1
import X509

/// Certificates and keys as PEM, RFC 7468.
public enum CredentialText {
  /// The certificates of a text, in its order, as DER. Nothing else may be in it, and each has one spelling: a file in which a bit
  /// is another is another file or is refused, even where a lenient reader would not look.
  public static func certificates(_ text: String) throws(EvidenceError) -> [[UInt8]] {
    let documents: [PEMDocument]
    do { documents = try PEMDocument.parseMultiple(pemString: text) } catch { throw EvidenceError(.malformedChain, "no PEM: \(error)") }
    guard !documents.isEmpty, documents.allSatisfy({ $0.discriminator == Certificate.defaultPEMDiscriminator }) else {
      throw EvidenceError(.malformedChain, "no certificate in the text, or something besides")
    }
    let certificates = documents.map(\.derBytes)
    guard solid(text) == solid(Self.text(certificates)) else {
      throw EvidenceError(.malformedChain, "text besides the certificates, or one that is spelled in its own way")
    }
    return certificates
  }

  private static func solid(_ text: String) -> [UInt8] { text.utf8.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } }

  public static func text(_ certificates: [[UInt8]]) -> String {
    certificates.map { PEMDocument(type: Certificate.defaultPEMDiscriminator, derBytes: $0).pemString + "\n" }.joined()
  }

  /// A private key for P-384 or P-256, PKCS #8 or SEC 1.
  public static func key(_ text: String) throws(EvidenceError) -> SigningKey {
    if let key = try? P384.Signing.PrivateKey(pemRepresentation: text) { return .p384(key) }
    if let key = try? P256.Signing.PrivateKey(pemRepresentation: text) { return .p256(key) }
    throw EvidenceError(.keyKind, "no private key for P-384 or P-256 in the text")
  }

  /// The private key, for the file that its owner keeps.
  public static func secretText(_ key: SigningKey) -> String {
    switch key {
    case .p256(let key): key.pemRepresentation + "\n"
    case .p384(let key): key.pemRepresentation + "\n"
    }
  }

  /// Whether two certificates, as DER, are the signer and the signed by their names.
  static func issued(_ issuer: [UInt8], _ subject: [UInt8]) -> Bool {
    guard let issuer = try? Certificate(derEncoded: issuer), let subject = try? Certificate(derEncoded: subject) else { return false }
    return subject.issuer == issuer.subject
  }

  /// Certificates from the root's side to the leaf, whichever way round they were written. Who signed whom decides: files
  /// of servers have the leaf first, chains on the wire last. The order proves nothing; the verification does.
  public static func rootFirst(_ certificates: [[UInt8]]) -> [[UInt8]] {
    guard certificates.count > 1 else { return certificates }
    let isLeafFirst = issued(certificates[1], certificates[0]) && !issued(certificates[0], certificates[1])
    return isLeafFirst ? certificates.reversed() : certificates
  }
}
