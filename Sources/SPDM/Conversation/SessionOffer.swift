/// The requester has sent KEY_EXCHANGE. Used once: its answer makes a handshake of it, or it is gone.
public struct SessionOffer: ~Copyable, Sendable {
  public let request: [UInt8]
  private let connection: Connection
  private let chain: VerifiedChain
  private let session: UInt16
  private let cipher: RecordCipher
  private let versions: [UInt16]
  private let summary: MeasurementSummary
  private let agreement: KeyAgreement

  /// Only a chain that was verified can be offered a session.
  public init(
    _ connection: Connection, chain: VerifiedChain, slot: CertificateSlot, summary: MeasurementSummary = .all, session: UInt16, random: Nonce,
    versions: [UInt16] = [SecuredMessageVersions.version11]
  ) throws(SPDMError) {
    guard connection.hasSessions, let group = connection.suite.exchange, let cipher = connection.suite.cipher else {
      throw SPDMError(.notSpoken, field: "capabilities", offset: 8, expected: "key exchange, encryption and authentication on both sides")
    }
    let opaque = try SecuredMessageVersions.supported(versions).opaque()
    let agreement = KeyAgreement(group)
    request = KeyExchange(summary: summary, slot: slot, session: session, random: random, point: agreement.point, opaque: opaque)
      .bytes(version: connection.version)
    self.agreement = agreement
    (self.connection, self.chain, self.session, self.cipher, self.versions, self.summary) =
      (connection, chain, session, cipher, versions, summary)
  }

  /// Takes KEY_EXCHANGE_RSP: signature first, then the keys, then unless the handshake is in the clear their proof.
  public consuming func take(_ answer: [UInt8]) throws(Refusal) -> SessionHandshake {
    let form = connection.form(summary: summary)
    let (_, count) = try Refusal.answer(KeyExchangeResponse.self, answer, form)
    let response = Array(answer.prefix(count))
    var transcript = SessionTranscript(
      connection.negotiation, chain: chain.digest, version: connection.version, suite: connection.suite)
    let message = try Verified<KeyExchangeResponse>(
      request: request, response: response, handshake: connection.handshake, transcript: &transcript, chain: chain
    ).message
    let selected = try Refusal.reading { () throws(SPDMError) in try SecuredMessageVersions(message.opaque) }
    guard case .selected(let choice) = selected, versions.contains(choice) else {
      throw .message(SPDMError(.version, field: "secured message version", offset: 0, expected: "one that was offered"))
    }
    let id = SessionID(requester: session, responder: message.session)
    let cipher = cipher
    let version = connection.version
    let handshake = connection.handshake
    let secret: Secret
    do { secret = try agreement.agree(with: message.point) } catch { throw .evidence(error) }
    let secrets = HandshakeSecrets(agreed: secret, th1: transcript.digest, version: version)
    if let code = message.verifyData {
      guard secrets.responderFinished.accepts(code, over: transcript.digest) else {
        throw .evidence(EvidenceError(.verifyData, "KEY_EXCHANGE_RSP does not prove the keys"))
      }
      transcript.append(code.bytes)
    }
    return try SessionHandshake(
      id: id, version: version, cipher: cipher, handshake: handshake, heartbeat: message.heartbeat, secrets: secrets, transcript: transcript)
  }
}
