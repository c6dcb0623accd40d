import Foundation
import Primitives
import SPDM
import Synchronization
import TEE

/// Who the devices of machines are: a certificate chain for each, made once a process, from keys that follow from the device's place.
///
/// The keys are no secret and are nobody's but a modelled device's. Certificates are signed with randomness, so that no byte of them may
/// reach a log; their keys may.
enum ModelledIdentity {
  /// The day of all machines: they have no clock.
  static let day = Date(timeIntervalSince1970: 1_767_225_600)

  /// Of the one root above all of them; nothing where the library can make no key.
  static let rootKeyDigest = (try? Credential.derivedRootKeyDigest()) ?? []

  private static let made = Mutex<[RequesterID: Credential]>([:])
  private static let verified = Mutex<[DigestValue: VerifiedChain]>([:])

  static func credential(of id: RequesterID) throws(EvidenceError) -> Credential {
    if let known = made.withLock({ $0[id] }) { return known }
    let serial = hexadecimal(UInt64(id.rawValue)).dropFirst(2)
    let new = try Credential.derived(from: "\(id)", device: "Cofferdam:accelerator:\(serial)", day: day)
    // Who made it first has made it.
    return made.withLock { known in
      if let other = known[id] { return other }
      known[id] = new
      return new
    }
  }

  /// Checks a chain up to its own root, on the day of all machines; whether that root is one to be trusted is the guest's to say. The
  /// same bytes are checked once a process.
  static func verify(_ chain: UnverifiedChain, _ suite: AlgorithmSuite) throws(EvidenceError) -> VerifiedChain {
    if let known = verified.withLock({ $0[chain.digest] }), known.unverified == chain { return known }
    guard let root = chain.certificates.first else { throw EvidenceError(.malformedChain, "an empty chain") }
    let new = try VerifiedChain.verify(chain, root: root, at: day, suite: suite)
    verified.withLock { known in
      if known.count >= 64 { known = [:] }
      known[chain.digest] = new
    }
    return new
  }
}
