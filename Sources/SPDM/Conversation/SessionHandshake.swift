/// The requester has KEY_EXCHANGE_RSP and sends FINISH; no application key exists yet.
public struct SessionHandshake: Sendable {
  public let id: SessionID
  /// Seconds; 0 is no heartbeat.
  public let heartbeat: UInt8
  /// What to send: FINISH itself, or a record of it.
  public let request: [UInt8]
  /// Whether `request` is a record.
  public var isSecured: Bool { handshake == .encrypted }

  private let version: SPDMVersion
  private let cipher: RecordCipher
  private let handshake: MessageForm.Handshake
  private let secrets: HandshakeSecrets
  private let transcript: SessionTranscript

  init(
    id: SessionID, version: SPDMVersion, cipher: RecordCipher, handshake: MessageForm.Handshake, heartbeat: UInt8, secrets: HandshakeSecrets,
    transcript: SessionTranscript
  ) throws(Refusal) {
    var transcript = transcript
    let header = MessageHeader(version: version, code: .finish)
    transcript.append([header.version.rawValue, header.code.rawValue, header.parameter1, header.parameter2])
    let finish = Finish(verifyData: secrets.requesterFinished.verifyData(over: transcript.digest))
    transcript.append(finish.verifyData.bytes)
    let plain = finish.bytes(version: version)
    switch handshake {
    case .clear: request = plain
    case .encrypted:
      var channel = RecordChannel(session: id, keys: secrets.request.keys(cipher))
      request = try Refusal.opening { () throws(RecordError) in try channel.seal(plain) }
    }
    (self.id, self.version, self.cipher, self.handshake, self.heartbeat) = (id, version, cipher, handshake, heartbeat)
    (self.secrets, self.transcript) = (secrets, transcript)
  }

  /// Takes FINISH_RSP, as it came or in a record, and gives the session.
  public func take(_ answer: [UInt8]) throws(Refusal) -> Session {
    var plain = answer
    if isSecured {
      var channel = RecordChannel(session: id, keys: secrets.response.keys(cipher))
      plain = try Refusal.opening { () throws(RecordError) in try channel.open(answer) }
    }
    let form = MessageForm(version: version, algorithms: transcript.suite, handshake: handshake)
    let (message, count) = try Refusal.answer(FinishResponse.self, plain, form)
    var transcript = transcript
    transcript.append(plain.prefix(MessageHeader.byteCount))
    if let code = message.verifyData {
      guard secrets.responderFinished.accepts(code, over: transcript.digest) else {
        throw .evidence(EvidenceError(.verifyData, "FINISH_RSP does not prove the keys"))
      }
    }
    transcript.append(plain[MessageHeader.byteCount..<count])
    return Session(id: id, role: .requester, version: version, cipher: cipher, secrets: secrets.application(th2: transcript.digest))
  }
}
