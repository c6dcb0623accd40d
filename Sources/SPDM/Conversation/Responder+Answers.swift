/// Answers to requests that are not about sessions themselves.
extension Responder {
  /// A request in the clear.
  mutating func plain(_ request: [UInt8], at now: UInt64, device: inout some ResponderDevice) -> [UInt8] {
    if let answer = conduct.interfere(request, configuration.misconduct, version: negotiation.version, isSecured: false) { return answer }
    let answer: [UInt8]
    do { answer = try accept(request, in: nil, at: now, device: &device) } catch {
      answer = ErrorResponse(refusing: request, error).bytes(version: negotiation.version)
    }
    return conduct.delay(answer, to: request, configuration.misconduct, version: negotiation.version)
  }

  /// The answer to a request, in a session or outside. Every transcript takes a message only when its exchange is whole.
  mutating func accept(_ padded: [UInt8], in session: SessionID?, at now: UInt64, device: inout some ResponderDevice) throws(Refusal) -> [UInt8] {
    let header = try Refusal.reading { () throws(SPDMError) in try MessageHeader(of: padded) }
    switch header.code {
    case .getVersion, .getCapabilities, .negotiateAlgorithms:
      guard session == nil else { throw .message(Self.unexpected) }
      return negotiate(padded, header.code, device: &device)
    default: break
    }
    guard let connection = settled else { throw .message(Self.unexpected) }
    if header.code != .getMeasurements { forgetMeasurements(session, connection) }
    switch header.code {
    case .getDigests: return try digests(padded, connection, session)
    case .getCertificate: return try certificate(padded, connection, session)
    case .challenge where session == nil: return try challenge(padded, connection, device)
    case .getMeasurements: return try measurements(padded, connection, session, device)
    case .keyExchange where session == nil: return try exchangeKeys(padded, connection, device)
    case .finish where session == nil && connection.handshake == .clear: return try finish(padded, at: now, connection)
    case .vendorDefinedRequest: return try vendor(padded, connection, session, device: &device)
    case .heartbeat, .endSession, .keyUpdate: throw session == nil ? .peer(ErrorResponse(.sessionRequired)) : .message(Self.unexpected)
    default: throw header.code.isRequest ? .message(Self.unexpected) : .message(SPDMError(.value, field: "code", offset: 1, expected: "a request"))
    }
  }

  static let unexpected = SPDMError(.unexpectedMessage, field: "code", offset: 1, expected: "a request that is due")

  /// GET_VERSION ends what there was, its sessions included. DSP0274 1.2 section 10.2.
  private mutating func negotiate(_ request: [UInt8], _ code: MessageCode, device: inout some ResponderDevice) -> [UInt8] {
    let answer = negotiation.answer(request)
    if code == .getVersion, case .versioned = negotiation.state {
      close(device: &device)
      (challenged, measured) = (nil, nil)
    }
    if code == .negotiateAlgorithms, let connection = settled {
      challenged = .challenge(connection.negotiation, version: connection.version, suite: connection.suite)
      measured = Self.measured(connection)
    }
    return answer
  }

  static func measured(_ connection: Connection) -> Transcript {
    .measurements(connection.negotiation, version: connection.version, suite: connection.suite)
  }

  /// L2 is of requests for measurements that follow each other. DSP0274 1.2 section 10.11.
  private mutating func forgetMeasurements(_ session: SessionID?, _ connection: Connection) {
    guard let session else {
      measured = Self.measured(connection)
      return
    }
    for i in sessions.indices where sessions[i].session.id == session { sessions[i].measured = Self.measured(connection) }
  }

  func credential(_ slot: CertificateSlot, _ connection: Connection) throws(Refusal) -> Credential {
    guard slot == .first, let credential = configuration.credentials.first(where: { $0.suite.signature == connection.suite.signature }) else {
      throw .message(SPDMError(.value, field: "slot", offset: 2, expected: "0, the one that is filled"))
    }
    return credential
  }

  private func chain(_ connection: Connection) throws(Refusal) -> (blob: [UInt8], digest: DigestValue, key: SigningKey) {
    let credential = try credential(.first, connection)
    guard let blob = credential.blob(connection.suite.hash) else { throw .peer(ErrorResponse(.unspecified)) }
    return (blob, DigestValue(hashing: blob, connection.suite.hash), credential.key)
  }

  /// M2 is of what was said in the clear.
  private mutating func challengeTakes(_ request: some Collection<UInt8>, _ answer: [UInt8], _ session: SessionID?) {
    guard session == nil else { return }
    challenged?.append(Array(request))
    challenged?.append(answer)
  }

  private mutating func digests(_ padded: [UInt8], _ connection: Connection, _ session: SessionID?) throws(Refusal) -> [UInt8] {
    let (_, count) = try Refusal.reading { () throws(SPDMError) in try GetDigests.read(padded: padded, form: connection.form()) }
    let chain = try chain(connection)
    let answer = Digests(supported: connection.version >= .v13 ? 1 : 0, [.first: chain.digest]).bytes(version: connection.version)
    challengeTakes(padded.prefix(count), answer, session)
    return answer
  }

  private mutating func certificate(_ padded: [UInt8], _ connection: Connection, _ session: SessionID?) throws(Refusal) -> [UInt8] {
    let (question, count) = try Refusal.reading { () throws(SPDMError) in try GetCertificate.read(padded: padded, form: connection.form()) }
    _ = try credential(question.slot, connection)
    let blob = try chain(connection).blob
    let start = Int(question.offset)
    guard start < blob.count, question.length > 0 else {
      throw .message(SPDMError(.value, field: "offset", offset: 4, expected: "at most \(blob.count - 1)"))
    }
    // A portion and its header have to fit into what the requester can take.
    let room = connection.requesterSizes.map { max(1, Int($0.transfer) - 8) } ?? Int(UInt16.max)
    let end = start + min(Int(question.length), blob.count - start, room)
    let portion = try Refusal.reading { () throws(SPDMError) in try Payload(blob[start..<end]) }
    let answer = CertificateResponse(slot: question.slot, portion: portion, remainder: UInt16(clamping: blob.count - end))
      .bytes(version: connection.version)
    if configuration.misconduct.cutsPortions { return answer.dropLast(min(8, portion.bytes.count)) }
    challengeTakes(padded.prefix(count), answer, session)
    return answer
  }

  private mutating func challenge(_ padded: [UInt8], _ connection: Connection, _ device: some ResponderDevice) throws(Refusal) -> [UInt8] {
    let (question, count) = try Refusal.reading { () throws(SPDMError) in try Challenge.read(padded: padded, form: connection.form()) }
    _ = try credential(question.slot, connection)
    let chain = try chain(connection)
    var random = SystemRandomNumberGenerator()
    var answer = ChallengeAuth(
      slot: question.slot, slots: 1, chain: chain.digest, nonce: Nonce(using: &random),
      summary: device.summary(question.summary, connection.suite.hash), context: question.context, signature: .zero(connection.suite.signature))
    guard var transcript = challenged else { throw .message(Self.unexpected) }
    transcript.append(conduct.heard(Array(padded.prefix(count)), configuration.misconduct))
    transcript.append(answer.bytes(version: connection.version).dropLast(answer.signature.bytes.count))
    let signed = transcript
    answer.signature = try sign(signed, as: .challenge, chain.key)
    challenged = .challenge(connection.negotiation, version: connection.version, suite: connection.suite)
    return answer.bytes(version: connection.version)
  }

  func sign(_ transcript: Transcript, as context: SigningContext, _ key: SigningKey) throws(Refusal) -> SignatureValue {
    let signature = try Refusal.believing { () throws(EvidenceError) in try key.signature(of: transcript, as: context) }
    return configuration.misconduct.hasBadSignatures ? signature.damaged : signature
  }

  private mutating func measurements(
    _ padded: [UInt8], _ connection: Connection, _ session: SessionID?, _ device: some ResponderDevice
  ) throws(Refusal) -> [UInt8] {
    let (question, count) = try Refusal.reading { () throws(SPDMError) in try GetMeasurements.read(padded: padded, form: connection.form()) }
    let all = device.measurements
    var blocks: [MeasurementBlock] = []
    switch question.operation {
    case .count: break
    case .all: blocks = all
    case .index(let index):
      blocks = all.filter { $0.index == index }
      guard !blocks.isEmpty else { throw .message(SPDMError(.value, field: "operation", offset: 3, expected: "an index that there is")) }
    }
    if let proof = question.proof { _ = try credential(proof.slot, connection) }
    if question.proof != nil, let old = conduct.firstMeasurements, configuration.misconduct.repeatsMeasurements { return old }
    var random = SystemRandomNumberGenerator()
    var answer = Measurements(
      total: question.operation == .count ? UInt8(clamping: all.count) : 0, slot: question.proof?.slot ?? .first, blocks: blocks,
      nonce: Nonce(using: &random), context: question.context, signature: question.proof.map { _ in .zero(connection.suite.signature) })
    var transcript = (session == nil ? measured : sessions.first { $0.session.id == session }?.measured) ?? Self.measured(connection)
    transcript.append(conduct.heard(Array(padded.prefix(count)), configuration.misconduct))
    let bytes = answer.bytes(version: connection.version)
    guard let empty = answer.signature else {
      transcript.append(bytes)
      remember(transcript, session)
      return bytes
    }
    transcript.append(bytes.dropLast(empty.bytes.count))
    answer.signature = try sign(transcript, as: .measurements, try chain(connection).key)
    remember(Self.measured(connection), session)
    let signed = answer.bytes(version: connection.version)
    if conduct.firstMeasurements == nil, configuration.misconduct.repeatsMeasurements { conduct.firstMeasurements = signed }
    return signed
  }

  private mutating func remember(_ transcript: Transcript, _ session: SessionID?) {
    guard let session else {
      measured = transcript
      return
    }
    for i in sessions.indices where sessions[i].session.id == session { sessions[i].measured = transcript }
  }

  private func vendor(
    _ padded: [UInt8], _ connection: Connection, _ session: SessionID?, device: inout some ResponderDevice
  ) throws(Refusal) -> [UInt8] {
    let (question, _) = try Refusal.reading { () throws(SPDMError) in try VendorDefinedRequest.read(padded: padded, form: connection.form()) }
    let name = session.map { SessionName(connection: self.connection, id: $0) }
    switch device.answer(question.body, over: name) {
    case .payload(let answer): return VendorDefinedResponse(answer).bytes(version: connection.version)
    case .refused(let reason):
      throw .peer(ErrorResponse(reason, data: reason == .unsupportedRequest ? MessageCode.vendorDefinedRequest.rawValue : 0))
    }
  }
}

extension SignatureValue {
  static func zero(_ algorithm: SignatureAlgorithm) -> Self { Self(unchecked: [UInt8](repeating: 0, count: algorithm.byteCount), algorithm) }

  /// One bit is another.
  var damaged: Self {
    var bytes = bytes
    bytes[bytes.count - 1] ^= 1
    return Self(unchecked: bytes, algorithm)
  }
}
