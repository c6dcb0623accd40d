/// The responder has answered KEY_EXCHANGE and waits for FINISH.
public struct SessionAnswer: Sendable {
  public let id: SessionID
  public private(set) var response: [UInt8]
  /// Seconds; 0 is no heartbeat.
  public let heartbeat: UInt8

  private let connection: Connection
  private let cipher: RecordCipher
  private let secrets: HandshakeSecrets
  private let transcript: SessionTranscript

  /// `summary` is the hash of the measurements that a request may ask for; `chain` names the responder's own chain.
  public init(
    _ connection: Connection, to request: [UInt8], chain: DigestValue, key: SigningKey, session: UInt16, random: Nonce, heartbeat: UInt8 = 0,
    summary: (MeasurementSummary) -> DigestValue?
  ) throws(Refusal) {
    guard connection.hasSessions, let group = connection.suite.exchange, let cipher = connection.suite.cipher else {
      throw .message(SPDMError(.notSpoken, field: "capabilities", offset: 8, expected: "key exchange, encryption and authentication"))
    }
    let form = connection.form()
    let (question, count) = try Refusal.reading { () throws(SPDMError) in try KeyExchange.read(padded: request, form: form) }
    let offered = try Refusal.reading { () throws(SPDMError) in try SecuredMessageVersions(question.opaque) }
    guard case .supported(let versions) = offered, versions.contains(SecuredMessageVersions.version11) else {
      throw .message(SPDMError(.version, field: "secured message version", offset: 0, expected: "1.1 among them"))
    }
    let hash = question.summary == .none ? nil : summary(question.summary)
    guard (hash == nil) == (question.summary == .none) else {
      throw .message(SPDMError(.notSpoken, field: "summary type", offset: 2, expected: "a summary that there is"))
    }
    let agreement = KeyAgreement(group)
    guard let none = SignatureValue([UInt8](repeating: 0, count: connection.suite.signature.byteCount), connection.suite.signature) else {
      throw Refusal.signature("KEY_EXCHANGE_RSP")
    }
    let opaque = try Refusal.reading { () throws(SPDMError) in try SecuredMessageVersions.selected(SecuredMessageVersions.version11).opaque() }
    var answer = KeyExchangeResponse(
      heartbeat: heartbeat, session: session, random: random, point: agreement.point, summary: hash, opaque: opaque, signature: none,
      verifyData: nil)
    var transcript = SessionTranscript(connection.negotiation, chain: chain, version: connection.version, suite: connection.suite)
    let unsigned = answer.bytes(version: connection.version).dropLast(none.bytes.count)
    let signed = transcript.exchange(request: Array(request.prefix(count)), unsignedResponse: unsigned)
    answer.signature = try Refusal.believing { () throws(EvidenceError) in try key.signature(of: signed, as: .keyExchange) }
    let th1 = transcript.signed(answer.signature)
    let secret: Secret
    do { secret = try agreement.agree(with: question.point) } catch { throw .evidence(error) }
    secrets = HandshakeSecrets(agreed: secret, th1: th1, version: connection.version)
    if connection.handshake == .encrypted {
      let code = secrets.responderFinished.verifyData(over: th1)
      answer.verifyData = code
      transcript.append(code.bytes)
    }
    response = answer.bytes(version: connection.version)
    id = SessionID(requester: question.session, responder: session)
    (self.connection, self.cipher, self.transcript, self.heartbeat) = (connection, cipher, transcript, heartbeat)
  }

  /// For a responder that is to be caught: one bit of the signature is another.
  mutating func damageSignature() {
    let tail = connection.handshake == .encrypted ? connection.suite.hash.byteCount : 0
    response[response.count - tail - 1] ^= 1
  }

  /// Takes FINISH, as it came or in a record, and gives its answer and the session. Nothing of the session exists
  /// before the requester has proved its keys.
  public func take(_ request: [UInt8]) throws(Refusal) -> (response: [UInt8], session: Session) {
    var plain = request
    if connection.handshake == .encrypted {
      var channel = RecordChannel(session: id, keys: secrets.request.keys(cipher))
      plain = try Refusal.opening { () throws(RecordError) in try channel.open(request) }
    }
    let (finish, count) = try Refusal.reading { () throws(SPDMError) in try Finish.read(padded: plain, form: connection.form()) }
    var transcript = transcript
    transcript.append(plain.prefix(MessageHeader.byteCount))
    guard secrets.requesterFinished.accepts(finish.verifyData, over: transcript.digest) else {
      throw .evidence(EvidenceError(.verifyData, "FINISH does not prove the keys"))
    }
    transcript.append(plain[MessageHeader.byteCount..<count])
    transcript.append(FinishResponse(verifyData: nil).bytes(version: connection.version))
    var answer = FinishResponse(verifyData: nil)
    if connection.handshake == .clear {
      let code = secrets.responderFinished.verifyData(over: transcript.digest)
      answer.verifyData = code
      transcript.append(code.bytes)
    }
    var response = answer.bytes(version: connection.version)
    if connection.handshake == .encrypted {
      var channel = RecordChannel(session: id, keys: secrets.response.keys(cipher))
      response = try Refusal.opening { () throws(RecordError) in try channel.seal(response) }
    }
    let application = secrets.application(th2: transcript.digest)
    return (response, Session(id: id, role: .responder, version: connection.version, cipher: cipher, secrets: application))
  }
}
