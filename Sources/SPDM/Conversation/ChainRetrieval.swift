/// The requester gets a slot's chain: GET_DIGESTS, then GET_CERTIFICATE until it is whole. DSP0274 1.2 sections 10.5 and
/// 10.6. What comes out is not believed; it only is what its digest said it would be.
///
/// The messages become part of M1, the transcript of the challenge that may follow. An answer that is refused leaves
/// everything as it was.
public struct ChainRetrieval: Sendable {
  public enum State: Hashable, Sendable {
    case digests
    case portions(ChainAssembly, told: DigestValue)
    case done(UnverifiedChain)
  }

  public private(set) var state = State.digests
  /// M1 so far.
  public private(set) var transcript: Transcript
  private let connection: Connection
  private let slot: CertificateSlot
  private let portion: UInt16

  /// `portion` is the most to ask for at once; `transcript` M1 so far, where there was more before.
  public init(_ connection: Connection, slot: CertificateSlot, portion: UInt16 = .max, transcript: Transcript? = nil) {
    (self.connection, self.slot, self.portion) = (connection, slot, portion)
    self.transcript = transcript ?? .challenge(connection.negotiation, version: connection.version, suite: connection.suite)
  }

  /// What to send next; nil when the chain is there.
  public var request: [UInt8]? {
    switch state {
    case .digests: GetDigests().bytes(version: connection.version)
    case .portions(let assembly, _): assembly.request?.bytes(version: connection.version)
    case .done: nil
    }
  }

  /// `answer` may have its transport's padding behind it.
  public mutating func take(_ answer: [UInt8]) throws(Refusal) {
    guard let request else { throw .evidence(EvidenceError(.answer, "nothing was asked")) }
    let count: Int
    let next: State
    switch state {
    case .digests:
      let (digests, length) = try Refusal.answer(Digests.self, answer, connection.form())
      guard let told = digests[slot] else { throw .evidence(EvidenceError(.chainDigest, "slot \(slot.index) is empty")) }
      (next, count) = (.portions(ChainAssembly(slot: slot, portion: portion), told: told), length)
    case .portions(var assembly, let told):
      let (certificate, length) = try Refusal.answer(CertificateResponse.self, answer, connection.form())
      try Refusal.believing { () throws(EvidenceError) in try assembly.take(certificate) }
      count = length
      guard case .complete(_, let blob) = assembly else {
        next = .portions(assembly, told: told)
        break
      }
      let hash = connection.suite.hash
      let chain = try Refusal.believing { () throws(EvidenceError) in try UnverifiedChain(blob: blob, hash: hash) }
      guard chain.digest == told else { throw .evidence(EvidenceError(.chainDigest, "the chain is not the one of DIGESTS")) }
      next = .done(chain)
    case .done: return
    }
    transcript.append(request)
    transcript.append(answer.prefix(count))
    state = next
  }
}
