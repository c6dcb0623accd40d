/// The requester's side of the first three exchanges. DSP0274 1.2 sections 10.2 to 10.4.
///
/// It takes the highest version that both speak and no algorithm that it did not offer. An answer that is refused leaves
/// it as it was: BUSY can be asked again, and neither that question nor its answer is part of the transcript.
public struct RequesterNegotiation: Sendable {
  public enum State: Sendable {
    case version
    case capabilities(SPDMVersion)
    case algorithms(SPDMVersion, responder: CapabilityBody)
    case done(Connection)
  }

  public private(set) var state = State.version
  private let capabilities: CapabilityBody
  private let offer: NegotiateAlgorithms
  private let versions: Set<SPDMVersion>
  private var transcript = NegotiationTranscript()

  public init(
    capabilities: CapabilityBody, offer: NegotiateAlgorithms = .everything, versions: Set<SPDMVersion> = [.v12, .v13]
  ) {
    (self.capabilities, self.offer, self.versions) = (capabilities, offer, versions)
  }

  /// What to send next; nil when all is settled.
  public var request: [UInt8]? {
    switch state {
    case .version: GetVersion().bytes(version: .v10)
    case .capabilities(let version): GetCapabilities(capabilities).bytes(version: version)
    case .algorithms(let version, _): offer.bytes(version: version)
    case .done: nil
    }
  }

  /// `answer` may have its transport's padding behind it.
  public mutating func take(_ answer: [UInt8]) throws(Refusal) {
    guard let request else { throw .evidence(EvidenceError(.answer, "nothing was asked")) }
    let next: State
    let count: Int
    switch state {
    case .version:
      let (message, length) = try Refusal.answer(Version.self, answer, MessageForm(version: .v10))
      let best = message.entries.compactMap(\.version).filter { $0.isSpoken && versions.contains($0) }.max()
      guard let best else {
        let told = message.entries.prefix(8).map { "\($0.rawValue >> 12).\($0.rawValue >> 8 & 0xF)" }.joined(separator: ", ")
        let wanted = versions.filter(\.isSpoken).sorted().map(\.text).joined(separator: " or ")
        throw .message(SPDMError(.version, field: "version entry", offset: 6, expected: "\(wanted) among \(told.isEmpty ? "none" : told)"))
      }
      (next, count) = (.capabilities(best), length)
    case .capabilities(let version):
      let (message, length) = try Refusal.answer(Capabilities.self, answer, MessageForm(version: version))
      (next, count) = (.algorithms(version, responder: message.body), length)
    case .algorithms(let version, let responder):
      let (message, length) = try Refusal.answer(Algorithms.self, answer, MessageForm(version: version))
      guard isOffered(message) else {
        throw .message(SPDMError(.value, field: "algorithms", offset: 4, expected: "only what was offered"))
      }
      let suite = try Refusal.reading { () throws(SPDMError) in try AlgorithmSuite(message) }
      var whole = transcript
      whole.append(request)
      whole.append(answer.prefix(length))
      next = .done(
        Connection(
          version: version, suite: suite, requester: capabilities.flags, responder: responder.flags, requesterSizes: capabilities.sizes,
          responderSizes: responder.sizes, negotiation: whole))
      count = length
    case .done: return
    }
    transcript.append(request)
    transcript.append(answer.prefix(count))
    state = next
  }

  private func isOffered(_ answer: Algorithms) -> Bool {
    offer.signatures & answer.signature == answer.signature && offer.hashes & answer.hash == answer.hash
      && answer.externalSignatures.isEmpty && answer.externalHashes.isEmpty
      && answer.tables.allSatisfy { table in
        table.fixed == 0 || offer.tables.contains { $0.kind == table.kind && $0.fixed & table.fixed == table.fixed }
      }
  }
}

extension Refusal {
  /// The answer as a message of a type, or the ERROR that came in its place.
  static func answer<Message: SPDMMessage>(
    _ type: Message.Type, _ bytes: [UInt8], _ form: MessageForm
  ) throws(Refusal) -> (message: Message, byteCount: Int) {
    let header = try reading { () throws(SPDMError) in try MessageHeader(of: bytes) }
    if header.code == .error {
      throw .peer(try reading { () throws(SPDMError) in try ErrorResponse.read(padded: bytes, form: form).message })
    }
    return try reading { () throws(SPDMError) in try type.read(padded: bytes, form: form) }
  }
}
