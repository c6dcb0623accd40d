/// The requester's side over a transport: asks, waits where the other side says "not now", believes what it checked.
///
/// The order is the caller's: `discover`, `negotiate`, `chain`, then with a `VerifiedChain` `challenge`, `measurements` and
/// `open`. After `open` questions go in the session. An error leaves the requester as it was, except that a record that was sent
/// was sent.
public struct Requester<Transport: DOETransport> {
  public var transport: Transport
  public private(set) var connection: Connection?
  public var session: Session?
  /// Seconds; 0 is no heartbeat.
  public internal(set) var heartbeat: UInt8 = 0
  /// How often BUSY is taken for an answer.
  public var patience = 20
  /// Between two questions after BUSY, in microseconds.
  public var busyPause: UInt64 = 1000
  /// How long an answer may be put off in all, in microseconds.
  public var longestPause: UInt64 = 20_000_000
  let capabilities: CapabilityBody
  let versions: Set<SPDMVersion>
  let offer: NegotiateAlgorithms
  /// M1 so far.
  var challenged: Transcript?
  /// L1 so far, of requests for measurements that follow each other.
  var measured: Transcript?

  public init(
    _ transport: Transport, capabilities: CapabilityBody = .requester, versions: Set<SPDMVersion> = [.v12, .v13],
    offer: NegotiateAlgorithms = .everything
  ) {
    (self.transport, self.capabilities, self.versions, self.offer) = (transport, capabilities, versions, offer)
  }

  /// The kinds of objects that the mailbox takes, as vendor and type.
  public mutating func discover() throws(Refusal) -> [DOEDiscovery.Answer] {
    var answers: [DOEDiscovery.Answer] = []
    var index: UInt8 = 0
    repeat {
      let object = try exchange(DOEObject(.discovery, DOEDiscovery(index: index).payload))
      guard object.kind == .discovery else { throw .transport(TransportError(.malformed, "the answer to a discovery is an object of another kind")) }
      let answer = try Refusal.reading { () throws(SPDMError) in try DOEDiscovery.Answer(object.payload) }
      answers.append(answer)
      // The list rises: a mailbox cannot lead in a circle.
      guard answer.next == 0 || answer.next > index else { throw .transport(TransportError(.malformed, "the list of objects goes backwards")) }
      index = answer.next
    } while index != 0
    return answers
  }

  /// GET_VERSION to ALGORITHMS. What was said before is forgotten, sessions too.
  @discardableResult public mutating func negotiate() throws(Refusal) -> Connection {
    (connection, session, challenged, measured) = (nil, nil, nil, nil)
    var negotiation = RequesterNegotiation(capabilities: capabilities, offer: offer, versions: versions)
    while let request = negotiation.request { try ask(request) { (answer: [UInt8]) throws(Refusal) in try negotiation.take(answer) } }
    guard case .done(let settled) = negotiation.state else { throw .message(Responder.unexpected) }
    connection = settled
    challenged = .challenge(settled.negotiation, version: settled.version, suite: settled.suite)
    return settled
  }

  func settled() throws(Refusal) -> Connection {
    guard let connection else { throw .message(SPDMError(.tooEarly, field: "connection", offset: 0, expected: "a negotiation before")) }
    return connection
  }

  /// The chain of a slot, in portions of what both sides can handle. It is not believed yet.
  public mutating func chain(_ slot: CertificateSlot = .first, portion: UInt16? = nil) throws(Refusal) -> UnverifiedChain {
    let settled = try settled()
    measured = nil
    let room = UInt16(clamping: Int(settled.requesterSizes?.transfer ?? .max) - 8)
    var retrieval = ChainRetrieval(settled, slot: slot, portion: portion ?? room, transcript: challenged)
    while let request = retrieval.request { try ask(request) { (answer: [UInt8]) throws(Refusal) in try retrieval.take(answer) } }
    guard case .done(let chain) = retrieval.state else { throw .message(Responder.unexpected) }
    challenged = retrieval.transcript
    return chain
  }

  /// Has the other side prove that it has the key of the chain's leaf. Not in a session, which proved it already.
  public mutating func challenge(
    _ chain: VerifiedChain, slot: CertificateSlot = .first, summary: MeasurementSummary = .all
  ) throws(Refusal) -> Verified<ChallengeAuth> {
    let settled = try settled()
    measured = nil
    var random = SystemRandomNumberGenerator()
    let question = Challenge(slot: slot, summary: summary, nonce: Nonce(using: &random), context: .random(settled.version, &random))
    let request = question.bytes(version: settled.version)
    let before = challenged ?? .challenge(settled.negotiation, version: settled.version, suite: settled.suite)
    var verified: Verified<ChallengeAuth>?
    try ask(request) { (answer: [UInt8]) throws(Refusal) in
      let (_, count) = try Refusal.answer(ChallengeAuth.self, answer, settled.form(summary: summary))
      verified = try Verified(request: request, response: Array(answer.prefix(count)), transcript: before, chain: chain)
    }
    challenged = .challenge(settled.negotiation, version: settled.version, suite: settled.suite)
    guard let verified else { throw .message(Responder.unexpected) }
    return verified
  }

  /// All measurements, or those of an operation, signed for a nonce of ours. In the session if there is one.
  public mutating func measurements(
    _ chain: VerifiedChain, _ operation: GetMeasurements.Operation = .all, slot: CertificateSlot = .first, isRawWanted: Bool = false
  ) throws(Refusal) -> Verified<Measurements> {
    let settled = try settled()
    var random = SystemRandomNumberGenerator()
    let proof = GetMeasurements.Proof(nonce: Nonce(using: &random), slot: slot)
    let question = GetMeasurements(operation, proof: proof, isRawWanted: isRawWanted, context: .random(settled.version, &random))
    let request = question.bytes(version: settled.version)
    let before = measured ?? .measurements(settled.negotiation, version: settled.version, suite: settled.suite)
    var verified: Verified<Measurements>?
    try ask(request) { (answer: [UInt8]) throws(Refusal) in
      let (_, count) = try Refusal.answer(Measurements.self, answer, settled.form(isSigned: true))
      verified = try Verified(request: request, response: Array(answer.prefix(count)), transcript: before, chain: chain)
    }
    measured = nil
    guard let verified else { throw .message(Responder.unexpected) }
    return verified
  }

  /// How many measurements there are. The question becomes part of what the next signed answer signs.
  public mutating func measurementCount() throws(Refusal) -> UInt8 {
    let settled = try settled()
    var random = SystemRandomNumberGenerator()
    let request = GetMeasurements(.count, proof: nil, context: .random(settled.version, &random)).bytes(version: settled.version)
    var transcript = measured ?? .measurements(settled.negotiation, version: settled.version, suite: settled.suite)
    var total: UInt8 = 0
    try ask(request) { (answer: [UInt8]) throws(Refusal) in
      let (message, count) = try Refusal.answer(Measurements.self, answer, settled.form(isSigned: false))
      transcript.append(request)
      transcript.append(Array(answer.prefix(count)))
      total = message.total
    }
    measured = transcript
    return total
  }
}

extension RequesterContext {
  /// Nil before 1.3.
  public static func random(_ version: SPDMVersion, _ random: inout some RandomNumberGenerator) -> Self? {
    version < .v13 ? nil : Self((0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &random) })
  }
}
