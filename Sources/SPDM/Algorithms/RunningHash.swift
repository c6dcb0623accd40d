import Crypto
import Foundation

/// A hash that grows with what is said, so that a transcript of any length takes the room of one hash state.
struct RunningHash: Sendable {
  private enum State: Sendable {
    case sha256(SHA256)
    case sha384(SHA384)
  }

  private var state: State
  let algorithm: HashAlgorithm

  init(_ algorithm: HashAlgorithm) {
    self.algorithm = algorithm
    switch algorithm {
    case .sha256: state = .sha256(SHA256())
    case .sha384: state = .sha384(SHA384())
    }
  }

  mutating func update(_ bytes: some DataProtocol) {
    switch state {
    case .sha256(var hash):
      hash.update(data: bytes)
      state = .sha256(hash)
    case .sha384(var hash):
      hash.update(data: bytes)
      state = .sha384(hash)
    }
  }

  /// The hash so far; more may follow.
  var value: DigestValue {
    switch state {
    case .sha256(let hash): DigestValue(unchecked: Array(hash.finalize()), algorithm)
    case .sha384(let hash): DigestValue(unchecked: Array(hash.finalize()), algorithm)
    }
  }

  /// The hash so far in the type that signatures are checked against.
  func withDigest<Result>(_ body: (any Crypto.Digest) throws -> Result) rethrows -> Result {
    switch state {
    case .sha256(let hash): try body(hash.finalize())
    case .sha384(let hash): try body(hash.finalize())
    }
  }
}

extension DigestValue {
  public init(hashing bytes: some DataProtocol, _ algorithm: HashAlgorithm) {
    var hash = RunningHash(algorithm)
    hash.update(bytes)
    self = hash.value
  }
}
