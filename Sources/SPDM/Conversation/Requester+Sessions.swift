/// The session of a requester, and how its questions travel.
extension Requester {
  /// KEY_EXCHANGE and FINISH with the holder of a chain's key.
  public mutating func open(_ chain: VerifiedChain, slot: CertificateSlot = .first, summary: MeasurementSummary = .all) throws(Refusal) {
    let settled = try settled()
    (session, measured) = (nil, nil)
    var random = SystemRandomNumberGenerator()
    let (half, nonce) = (UInt16.random(in: 1...(.max), using: &random), Nonce(using: &random))
    let offer: SessionOffer
    do { offer = try SessionOffer(settled, chain: chain, slot: slot, summary: summary, session: half, random: nonce) } catch {
      throw .message(error)
    }
    let request = offer.request
    let answer = try answerInTheClear(request)
    let handshake = try offer.take(answer)
    let finished: [UInt8]
    if handshake.isSecured {
      let object = try exchange(DOEObject(.securedSPDM, handshake.request))
      guard object.kind == .securedSPDM else {
        _ = try Refusal.answer(FinishResponse.self, object.payload, settled.form())
        throw .transport(TransportError(.malformed, "the answer to a record is no record"))
      }
      finished = object.payload
    } else {
      finished = try answerInTheClear(handshake.request)
    }
    session = try handshake.take(finished)
    heartbeat = handshake.heartbeat
  }

  /// A question of another specification.
  public mutating func ask(_ payload: VendorPayload) throws(Refusal) -> VendorPayload {
    let settled = try settled()
    measured = nil
    var body: VendorPayload?
    try ask(VendorDefinedRequest(payload).bytes(version: settled.version)) { (answer: [UInt8]) throws(Refusal) in
      body = try Refusal.answer(VendorDefinedResponse.self, answer, settled.form()).message.body
    }
    guard let body, body.registry == payload.registry, body.vendor == payload.vendor else {
      throw .evidence(EvidenceError(.answer, "an answer of another vendor"))
    }
    return body
  }

  public mutating func beat() throws(Refusal) {
    let settled = try settled()
    measured = nil
    guard session != nil else { throw .record(RecordError(.order, "no session")) }
    try ask(Heartbeat().bytes(version: settled.version)) { (answer: [UInt8]) throws(Refusal) in
      _ = try Refusal.answer(HeartbeatAck.self, answer, settled.form())
    }
  }

  /// New keys for one direction or both. DSP0274 1.2 section 10.21.
  public mutating func updateKeys(_ operation: KeyUpdate.Operation = .both, tag: UInt8 = 1) throws(Refusal) {
    measured = nil
    guard var session else { throw .record(RecordError(.order, "no session")) }
    let first = try Refusal.opening { () throws(RecordError) in try session.ask(operation, tag: tag) }
    self.session = session
    let acknowledgement = try recordFor(first)
    let proof = try session.prove(acknowledgement)
    self.session = session
    try session.proved(try recordFor(proof))
    self.session = session
  }

  /// END_SESSION. There is no session afterwards, whatever the other side says.
  public mutating func end() throws(Refusal) {
    let settled = try settled()
    guard session != nil else { throw .record(RecordError(.order, "no session")) }
    defer { session = nil }
    try ask(EndSession().bytes(version: settled.version)) { (answer: [UInt8]) throws(Refusal) in
      _ = try Refusal.answer(EndSessionAck.self, answer, settled.form())
    }
  }

  // MARK: the way of a question

  mutating func exchange(_ object: DOEObject) throws(Refusal) -> DOEObject {
    do { return try transport.exchange(object) } catch { throw .transport(error) }
  }

  /// An answer that is no "not now", handed to `take`.
  mutating func ask(_ request: [UInt8], _ take: (_ answer: [UInt8]) throws(Refusal) -> Void) throws(Refusal) {
    try take(session == nil ? try answerInTheClear(request) : try answerInSession(request))
  }

  private mutating func answerInTheClear(_ request: [UInt8]) throws(Refusal) -> [UInt8] {
    try patiently(request) { (requester: inout Self, message: [UInt8]) throws(Refusal) in
      let object = try requester.exchange(DOEObject(.spdm, message))
      guard object.kind == .spdm else { throw .transport(TransportError(.malformed, "the answer to a message is an object of another kind")) }
      return object.payload
    }
  }

  private mutating func answerInSession(_ request: [UInt8]) throws(Refusal) -> [UInt8] {
    try patiently(request) { (requester: inout Self, message: [UInt8]) throws(Refusal) in
      guard var session = requester.session else { throw .record(RecordError(.order, "no session")) }
      let record = try Refusal.opening { () throws(RecordError) in try session.seal(message) }
      // The number is used, whatever becomes of the record.
      requester.session = session
      let answer = try requester.recordFor(record)
      let opened = try Refusal.opening { () throws(RecordError) in try session.open(answer) }
      requester.session = session
      return opened
    }
  }

  /// A record for a record. An ERROR in the clear says that the other side has no session any more.
  private mutating func recordFor(_ record: [UInt8]) throws(Refusal) -> [UInt8] {
    let object = try exchange(DOEObject(.securedSPDM, record))
    switch object.kind {
    case .securedSPDM: return object.payload
    case .spdm:
      throw .peer(try Refusal.reading { () throws(SPDMError) in try ErrorResponse.read(padded: object.payload, form: try clearForm()).message })
    case .discovery: throw .transport(TransportError(.malformed, "the answer to a record is an object of another kind"))
    }
  }

  private func clearForm() throws(SPDMError) -> MessageForm {
    guard let connection else { throw SPDMError(.tooEarly, field: "connection", offset: 0, expected: "a negotiation before") }
    return connection.form()
  }

  /// Asks again after BUSY and comes back after RESPONSE_NOT_READY, as long as there is patience. DSP0274 1.2 section 10.12.
  private mutating func patiently(
    _ request: [UInt8], _ send: (inout Self, [UInt8]) throws(Refusal) -> [UInt8]
  ) throws(Refusal) -> [UInt8] {
    let header = try Refusal.reading { () throws(SPDMError) in try MessageHeader(of: request) }
    var message = request
    var paused: UInt64 = 0
    for _ in 0...max(0, patience) {
      let answer = try send(&self, message)
      guard let head = try? MessageHeader(of: answer), head.code == .error,
        let (error, _) = try? ErrorResponse.read(padded: answer, form: MessageForm(version: head.version)),
        let retry = Retry(error, request: header.code)
      else { return answer }
      let wait: UInt64
      switch retry {
      case .again: wait = busyPause
      case .later(let told, let question): (wait, message) = (told, question.bytes(version: header.version))
      }
      guard wait <= longestPause, paused <= longestPause - wait else {
        throw .transport(TransportError(.busy, "\(header.code) was put off for \(wait) us more, of at most \(longestPause) in all"))
      }
      paused += wait
      transport.pause(microseconds: wait)
    }
    throw .transport(TransportError(.busy, "\(header.code) was put off \(max(0, patience) + 1) times"))
  }
}
