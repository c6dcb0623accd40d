/// Sessions from KEY_EXCHANGE to END_SESSION.
extension Responder {
  mutating func exchangeKeys(_ padded: [UInt8], _ connection: Connection, _ device: some ResponderDevice) throws(Refusal) -> [UInt8] {
    // A requester that never finishes must not keep others out: the oldest unfinished one makes room.
    if sessions.count + pending.count >= Self.sessionLimit, !pending.isEmpty { pending.removeFirst() }
    guard sessions.count + pending.count < Self.sessionLimit else { throw .peer(ErrorResponse(.sessionLimitExceeded)) }
    let (question, _) = try Refusal.reading { () throws(SPDMError) in try KeyExchange.read(padded: padded, form: connection.form()) }
    let credential = try credential(question.slot, connection)
    guard let blob = credential.blob(connection.suite.hash) else { throw .peer(ErrorResponse(.unspecified)) }
    var random = SystemRandomNumberGenerator()
    let beats = connection.requester.contains(.heartbeat) && connection.responder.contains(.heartbeat)
    var answer = try SessionAnswer(
      connection, to: padded, chain: DigestValue(hashing: blob, connection.suite.hash), key: credential.key, session: freeHalf(),
      random: Nonce(using: &random), heartbeat: beats ? configuration.heartbeat : 0
    ) { device.summary($0, connection.suite.hash) }
    if configuration.misconduct.hasBadSignatures { answer.damageSignature() }
    nextSession = answer.id.responder &+ 1
    pending.append(answer)
    return answer.response
  }

  /// Our half of a session's name is enough to tell it from the others.
  private func freeHalf() -> UInt16 {
    var half = max(1, nextSession)
    while sessions.contains(where: { $0.session.id.responder == half }) || pending.contains(where: { $0.id.responder == half }) {
      half = half == .max ? 1 : half + 1
    }
    return half
  }

  /// FINISH in the clear does not say which session it is of; it is of the last KEY_EXCHANGE.
  mutating func finish(_ padded: [UInt8], at now: UInt64, _ connection: Connection) throws(Refusal) -> [UInt8] {
    guard let answer = pending.last else { throw .message(Self.unexpected) }
    return try finish(padded, answer, at: now, connection)
  }

  /// One attempt for each KEY_EXCHANGE: whoever cannot prove its keys begins again.
  private mutating func finish(_ request: [UInt8], _ answer: SessionAnswer, at now: UInt64, _ connection: Connection) throws(Refusal) -> [UInt8] {
    pending.removeAll { $0.id == answer.id }
    let (response, session) = try answer.take(request)
    sessions.append(Live(session: session, measured: Self.measured(connection), heard: now, heartbeat: answer.heartbeat))
    return response
  }

  /// The answer to a record: a record, or an ERROR in the clear where there is no key to write one.
  mutating func record(_ payload: [UInt8], at now: UInt64, device: inout some ResponderDevice) -> DOEObject {
    func clear(_ error: ErrorResponse) -> DOEObject { DOEObject(.spdm, error.bytes(version: negotiation.version)) }
    guard let connection = settled, let id = RecordChannel.session(of: payload) else { return clear(ErrorResponse(.unexpectedRequest)) }
    if let answer = pending.first(where: { $0.id == id }), connection.handshake == .encrypted {
      do { return DOEObject(.securedSPDM, try finish(payload, answer, at: now, connection)) } catch {
        return clear(ErrorResponse(refusing: payload, error))
      }
    }
    guard let at = sessions.firstIndex(where: { $0.session.id == id }) else { return clear(ErrorResponse(.decryptError)) }
    sessions[at].records += 1
    let isForgotten = sessions[at].records == configuration.misconduct.forgetsSessionAt
    guard !isForgotten, let request = try? sessions[at].session.open(payload) else {
      end(id, device: &device)
      return clear(ErrorResponse(.decryptError))
    }
    sessions[at].heard = now
    if let answer = conduct.interfere(request, configuration.misconduct, version: negotiation.version, isSecured: true) {
      return seal(answer, id, device: &device)
    }
    return inside(request, id, at: now, device: &device)
  }

  private mutating func inside(_ request: [UInt8], _ id: SessionID, at now: UInt64, device: inout some ResponderDevice) -> DOEObject {
    let form = MessageForm(version: negotiation.version)
    let code = (try? MessageHeader(of: request))?.code
    do throws(Refusal) {
      switch code {
      case .heartbeat:
        _ = try Refusal.reading { () throws(SPDMError) in try Heartbeat.read(padded: request, form: form) }
        return seal(HeartbeatAck().bytes(version: negotiation.version), id, device: &device)
      case .endSession:
        _ = try Refusal.reading { () throws(SPDMError) in try EndSession.read(padded: request, form: form) }
        let last = seal(EndSessionAck().bytes(version: negotiation.version), id, device: &device)
        end(id, device: &device)
        return last
      case .keyUpdate:
        let (question, _) = try Refusal.reading { () throws(SPDMError) in try KeyUpdate.read(padded: request, form: form) }
        guard let at = sessions.firstIndex(where: { $0.session.id == id }) else { throw .message(Self.unexpected) }
        do { return DOEObject(.securedSPDM, try sessions[at].session.answer(question)) } catch { throw .message(Self.unexpected) }
      default:
        let answer = try accept(request, in: id, at: now, device: &device)
        return seal(conduct.delay(answer, to: request, configuration.misconduct, version: negotiation.version), id, device: &device)
      }
    } catch { return seal(ErrorResponse(refusing: request, error).bytes(version: negotiation.version), id, device: &device) }
  }

  /// Seals an answer. A session whose sequence numbers are used up ends: no number is ever used twice.
  private mutating func seal(_ message: [UInt8], _ id: SessionID, device: inout some ResponderDevice) -> DOEObject {
    if let at = sessions.firstIndex(where: { $0.session.id == id }), let record = try? sessions[at].session.seal(fitting(message)) {
      return DOEObject(.securedSPDM, record)
    }
    end(id, device: &device)
    return DOEObject(.spdm, error(.decryptError))
  }
}
