import Foundation

/// What was said, as it will be hashed and signed.
public struct Transcript: Sendable {
  public let version: SPDMVersion
  public let suite: AlgorithmSuite
  var hash: RunningHash

  init(version: SPDMVersion, suite: AlgorithmSuite) {
    (self.version, self.suite) = (version, suite)
    hash = RunningHash(suite.hash)
  }

  /// M1 of the requester, M2 of the responder: VCA, then digests and certificates as they went back and forth, then the
  /// challenge. DSP0274 1.2 section 10.8.
  public static func challenge(_ negotiation: NegotiationTranscript, version: SPDMVersion, suite: AlgorithmSuite) -> Self {
    var transcript = Self(version: version, suite: suite)
    transcript.append(negotiation.bytes)
    return transcript
  }

  /// L1 and L2: requests for measurements and their answers up to the signed one. From 1.2 on VCA comes first; in 1.1
  /// it does not, so that a report is verified without it. DSP0274 1.2 section 10.11.
  public static func measurements(_ negotiation: NegotiationTranscript, version: SPDMVersion, suite: AlgorithmSuite) -> Self {
    var transcript = Self(version: version, suite: suite)
    if version >= .v12 { transcript.append(negotiation.bytes) }
    return transcript
  }

  public mutating func append(_ message: some DataProtocol) { hash.update(message) }

  public var digest: DigestValue { hash.value }
}
