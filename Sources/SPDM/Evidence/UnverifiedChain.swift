import Foundation

/// A certificate chain as a responder sent it: nothing of it is believed yet. DSP0274 1.2 table 33.
///
/// length u16, reserved u16, the hash of the root, then DER certificates from the root (or the first below it) to the leaf.
public struct UnverifiedChain: Hashable, Sendable {
  /// More than any device has, and little enough to be looked at.
  public static let certificateLimit = 16

  public let rootHash: DigestValue
  /// Each one's DER, from the root's side to the leaf.
  public let certificates: [[UInt8]]
  /// The hash of the whole blob, by which DIGESTS, CHALLENGE_AUTH and the session's transcript name the chain.
  public let digest: DigestValue

  public init(blob: [UInt8], hash: HashAlgorithm) throws(EvidenceError) {
    let header = 4 + hash.byteCount
    guard blob.count > header else { throw EvidenceError(.malformedChain, "\(blob.count) bytes are no chain") }
    let length = Int(blob[0]) | Int(blob[1]) << 8
    guard length == blob.count else { throw EvidenceError(.malformedChain, "the length that it begins with is not its own") }
    rootHash = DigestValue(unchecked: Array(blob[4..<header]), hash)
    certificates = try Self.split(blob[header...])
    digest = DigestValue(hashing: blob, hash)
  }

  /// The blob for certificates of one's own; nil if it would not fit its length.
  public static func blob(root: [UInt8], certificates: [[UInt8]], hash: HashAlgorithm) -> [UInt8]? {
    let rest = DigestValue(hashing: root, hash).bytes + certificates.joined()
    guard let length = UInt16(exactly: rest.count + 4) else { return nil }
    return [UInt8(truncatingIfNeeded: length), UInt8(length >> 8), 0, 0] + rest
  }

  /// Where each certificate ends is the length of its outermost SEQUENCE. X.690 section 8.1.3.
  private static func split(_ bytes: ArraySlice<UInt8>) throws(EvidenceError) -> [[UInt8]] {
    var rest = bytes
    var certificates: [[UInt8]] = []
    while !rest.isEmpty {
      guard certificates.count < certificateLimit else { throw EvidenceError(.malformedChain, "more than \(certificateLimit) certificates") }
      let start = rest.startIndex
      guard rest.count >= 2, rest[start] == 0x30 else { throw EvidenceError(.malformedChain, "certificate \(certificates.count) is no SEQUENCE") }
      let first = Int(rest[start + 1])
      // Short form, or one or two bytes of length: a blob has at most 65,535 bytes.
      let width = first < 0x80 ? 0 : first - 0x80
      guard width <= 2, first != 0x80, rest.count >= 2 + width else {
        throw EvidenceError(.malformedChain, "the length of certificate \(certificates.count)")
      }
      let length = width == 0 ? first : rest[start + 2..<start + 2 + width].reduce(0) { $0 << 8 | Int($1) }
      guard length <= rest.count - 2 - width else { throw EvidenceError(.malformedChain, "certificate \(certificates.count) is cut") }
      certificates.append(Array(rest.prefix(2 + width + length)))
      rest = rest.dropFirst(2 + width + length)
    }
    return certificates
  }
}
