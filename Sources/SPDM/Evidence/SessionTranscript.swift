/// TH: what a session's keys are bound to. DSP0274 1.2 sections 10.16 and 10.17.
///
/// It begins with VCA and the hash of the responder's whole chain, and has a name at three points: what KEY_EXCHANGE_RSP
/// signs (without signature and code), TH1 (with the signature), TH2 (all through FINISH_RSP).
public struct SessionTranscript: Sendable {
  private var transcript: Transcript

  public init(_ negotiation: NegotiationTranscript, chain: DigestValue, version: SPDMVersion, suite: AlgorithmSuite) {
    transcript = Transcript(version: version, suite: suite)
    transcript.append(negotiation.bytes)
    transcript.append(chain.bytes)
  }

  public var version: SPDMVersion { transcript.version }
  public var suite: AlgorithmSuite { transcript.suite }

  /// Takes KEY_EXCHANGE and its answer up to the signature, and gives what the signature is of.
  public mutating func exchange(request: [UInt8], unsignedResponse: some Collection<UInt8>) -> Transcript {
    transcript.append(request)
    transcript.append(Array(unsignedResponse))
    return transcript
  }

  /// Takes the signature of KEY_EXCHANGE_RSP and gives TH1.
  public mutating func signed(_ signature: SignatureValue) -> DigestValue {
    transcript.append(signature.bytes)
    return transcript.digest
  }

  /// Takes more of the handshake: a message, or a part of one that its proof is made over.
  public mutating func append(_ bytes: some Collection<UInt8>) { transcript.append(Array(bytes)) }

  /// The hash so far: what a proof is made over, and TH2 when FINISH_RSP is in.
  public var digest: DigestValue { transcript.digest }
}
