/// All of a requester's way to a session and to what the device measures of itself, one question at a time: for whoever has somebody
/// else carry the messages. `Requester` does the same where it can wait for an answer.
///
/// GET_VERSION to ALGORITHMS, the chain of slot 0, KEY_EXCHANGE and FINISH, and in the session GET_MEASUREMENTS with a signature. A
/// refused answer ends it: what is begun again begins with GET_VERSION.
public final class SessionOpening {
  /// What was earned on the way.
  public struct Earned: Sendable {
    public let connection: Connection
    public let chain: VerifiedChain
    public let measurements: Verified<Measurements>
    public internal(set) var session: Session
  }

  private enum Round {
    case negotiation(RequesterNegotiation)
    case chain(Connection, ChainRetrieval)
    case exchange(Connection, VerifiedChain)
    case finish(Connection, VerifiedChain, SessionHandshake)
    case measurements(Connection, VerifiedChain, Session, question: [UInt8])
    case done(Earned)
    case refused
  }

  /// Checks a chain, at the time and up to the root that the caller trusts.
  public typealias Trust = (UnverifiedChain, AlgorithmSuite) throws(EvidenceError) -> VerifiedChain

  private var round: Round
  private var offer: SessionOffer?
  private let trust: Trust
  /// What to send next; nil when the session is there, or will never be.
  public private(set) var question: DOEObject?
  /// What it is.
  public private(set) var asked: MessageCode?

  public init(trust: @escaping Trust) {
    self.trust = trust
    let negotiation = RequesterNegotiation(capabilities: .requester)
    round = .negotiation(negotiation)
    pose(negotiation.request)
  }

  /// What was earned, when the last answer was taken.
  public var earned: Earned? { if case .done(let earned) = round { earned } else { nil } }
  /// The answer that is due is the last.
  public var isLast: Bool { if case .measurements = round { true } else { false } }

  private func pose(_ message: [UInt8]?, in session: Bool = false, _ code: MessageCode? = nil) {
    question = message.map { DOEObject(session ? .securedSPDM : .spdm, $0) }
    asked = code ?? message.flatMap { try? MessageHeader(of: $0).code }
  }

  /// The answer, as it came out of the mailbox.
  public func take(_ object: DOEObject) throws(Refusal) {
    let before = round
    (round, question) = (.refused, nil)
    switch before {
    case .negotiation(var negotiation):
      try negotiation.take(try plain(object))
      if case .done(let connection) = negotiation.state {
        let retrieval = ChainRetrieval(connection, slot: .first, portion: UInt16(clamping: Int(connection.requesterSizes?.transfer ?? .max) - 8))
        round = .chain(connection, retrieval)
        pose(retrieval.request)
      } else {
        round = .negotiation(negotiation)
        pose(negotiation.request)
      }
    case .chain(let connection, var retrieval):
      try retrieval.take(try plain(object))
      guard case .done(let unverified) = retrieval.state else {
        round = .chain(connection, retrieval)
        pose(retrieval.request)
        return
      }
      try exchange(connection, try Refusal.believing { () throws(EvidenceError) in try trust(unverified, connection.suite) })
    case .exchange(let connection, let chain):
      guard let offer = offer.take() else { throw .evidence(EvidenceError(.answer, "nothing was asked")) }
      let handshake = try offer.take(try plain(object))
      round = .finish(connection, chain, handshake)
      pose(handshake.request, in: handshake.isSecured, .finish)
    case .finish(let connection, let chain, let handshake):
      var session = try handshake.take(handshake.isSecured ? try secured(object, connection) : try plain(object))
      var random = SystemRandomNumberGenerator()
      let question = GetMeasurements(
        .all, proof: GetMeasurements.Proof(nonce: Nonce(using: &random), slot: .first), context: .random(connection.version, &random)
      ).bytes(version: connection.version)
      pose(try session.sealed(question).payload, in: true, .getMeasurements)
      round = .measurements(connection, chain, session, question: question)
    case .measurements(let connection, let chain, var session, let question):
      let answer = try session.opened(object)
      let (_, count) = try Refusal.answer(Measurements.self, answer, connection.form(isSigned: true))
      let verified = try Verified<Measurements>(
        request: question, response: Array(answer.prefix(count)),
        transcript: .measurements(connection.negotiation, version: connection.version, suite: connection.suite), chain: chain)
      round = .done(Earned(connection: connection, chain: chain, measurements: verified, session: session))
    case .done, .refused: throw .evidence(EvidenceError(.answer, "nothing was asked"))
    }
  }

  private func exchange(_ connection: Connection, _ chain: VerifiedChain) throws(Refusal) {
    var random = SystemRandomNumberGenerator()
    let (half, nonce) = (UInt16.random(in: 1...(.max), using: &random), Nonce(using: &random))
    let offer: SessionOffer
    do { offer = try SessionOffer(connection, chain: chain, slot: .first, summary: .none, session: half, random: nonce) } catch {
      throw .message(error)
    }
    pose(offer.request)
    self.offer = consume offer
    round = .exchange(connection, chain)
  }

  private func plain(_ object: DOEObject) throws(Refusal) -> [UInt8] {
    guard object.kind == .spdm else { throw .transport(TransportError(.malformed, "the answer is an object of another kind")) }
    return object.payload
  }

  private func secured(_ object: DOEObject, _ connection: Connection) throws(Refusal) -> [UInt8] {
    if object.kind == .spdm { _ = try Refusal.answer(FinishResponse.self, object.payload, connection.form()) }
    guard object.kind == .securedSPDM else { throw .transport(TransportError(.malformed, "the answer to a record is no record")) }
    return object.payload
  }
}

/// A question in a session and its answer, apart from each other.
extension Session {
  public mutating func sealed(_ message: [UInt8]) throws(Refusal) -> DOEObject {
    DOEObject(.securedSPDM, try Refusal.opening { () throws(RecordError) in try seal(message) })
  }

  /// What the record holds. An ERROR in the clear says that the other side has no session any more.
  public mutating func opened(_ object: DOEObject) throws(Refusal) -> [UInt8] {
    switch object.kind {
    case .securedSPDM: return try Refusal.opening { () throws(RecordError) in try open(object.payload) }
    case .spdm:
      throw .peer(
        try Refusal.reading { () throws(SPDMError) in try ErrorResponse.read(padded: object.payload, form: MessageForm(version: version)).message })
    case .discovery: throw .transport(TransportError(.malformed, "the answer to a record is an object of another kind"))
    }
  }

  /// The bytes of a VENDOR_DEFINED question to a protocol of the PCI-SIG.
  public func question(_ protocol: PCIProtocol, _ message: [UInt8]) throws(Refusal) -> [UInt8] {
    VendorDefinedRequest(try Refusal.reading { () throws(SPDMError) in try VendorPayload(`protocol`, message) }).bytes(version: version)
  }

  /// The message in an answer of that protocol.
  public func answer(_ protocol: PCIProtocol, in bytes: [UInt8], of connection: Connection) throws(Refusal) -> [UInt8] {
    let body = try Refusal.answer(VendorDefinedResponse.self, bytes, connection.form()).message.body
    guard let answer = body.pci, answer.protocol == `protocol` else {
      throw .message(SPDMError(.unexpectedMessage, field: "protocol", offset: 0, expected: "an answer of the protocol that was asked"))
    }
    return answer.message
  }

  /// Whether the bytes are the end of the session.
  public func acknowledgesEnd(_ bytes: [UInt8]) throws(Refusal) {
    _ = try Refusal.answer(EndSessionAck.self, bytes, MessageForm(version: version))
  }
}
