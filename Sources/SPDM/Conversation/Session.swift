/// A session that stands: both sides have proved their keys. One value on either side; the role says which.
public struct Session: Sendable {
  public enum Role: Hashable, Sendable { case requester, responder }

  /// One direction: the secret, and the channel with the keys that follow from it.
  private struct Flow: Sendable {
    var secret: DirectionSecret
    var channel: RecordChannel

    init(_ secret: DirectionSecret, _ cipher: RecordCipher, _ session: SessionID) {
      self.secret = secret
      channel = RecordChannel(session: session, keys: secret.keys(cipher))
    }

    /// The next secret, and sequence numbers from 0.
    func renewed() -> Self { Self(secret.updated(), channel.keys.cipher, channel.session) }
  }

  public let id: SessionID
  public let role: Role
  public let version: SPDMVersion
  public let exporter: Secret
  public private(set) var update = KeyUpdateState.none
  private var outgoing: Flow
  private var incoming: Flow

  init(id: SessionID, role: Role, version: SPDMVersion, cipher: RecordCipher, secrets: ApplicationSecrets) {
    (self.id, self.role, self.version, exporter) = (id, role, version, secrets.exporter)
    let request = Flow(secrets.request, cipher, id)
    let response = Flow(secrets.response, cipher, id)
    (outgoing, incoming) = role == .requester ? (request, response) : (response, request)
  }

  public mutating func seal(_ message: [UInt8]) throws(RecordError) -> [UInt8] { try outgoing.channel.seal(message) }
  public mutating func open(_ record: [UInt8]) throws(RecordError) -> [UInt8] { try incoming.channel.open(record) }
}

/// Change of keys. DSP0274 1.2 section 10.21. What is due when is asked of `KeyUpdateState`; where both directions change, the
/// acknowledgement is the first record under the responder's new keys.
extension Session {
  /// The requester's question.
  public mutating func ask(_ operation: KeyUpdate.Operation, tag: UInt8) throws(RecordError) -> [UInt8] {
    var next = update
    guard role == .requester, next.ask(operation, tag: tag).isAccepted else { throw RecordError(.order, "a change of keys is under way") }
    let record = try seal(KeyUpdate(operation, tag: tag).bytes(version: version))
    update = next
    return record
  }

  /// The requester takes the acknowledgement, changes its keys, and shows that they work.
  public mutating func prove(_ acknowledgement: [UInt8]) throws(Refusal) -> [UInt8] {
    guard case .asked(let operation, _) = update else { throw .record(RecordError(.order, "no change of keys was asked for")) }
    var next = self
    if operation == .both { next.incoming = incoming.renewed() }
    try next.takeAnswer(acknowledgement)
    next.outgoing = outgoing.renewed()
    guard case .unproved(let tag) = next.update else { throw .record(RecordError(.order, "no proof is due")) }
    let record = try Refusal.opening { () throws(RecordError) in try next.seal(KeyUpdate(.verify, tag: tag).bytes(version: version)) }
    self = next
    return record
  }

  /// The requester learns that the responder has the new keys.
  public mutating func proved(_ acknowledgement: [UInt8]) throws(Refusal) {
    guard case .unproved = update, role == .requester else { throw .record(RecordError(.order, "nothing is to be proved")) }
    var next = self
    try next.takeAnswer(acknowledgement)
    self = next
  }

  /// The responder's answer to a KEY_UPDATE that it opened.
  public mutating func answer(_ question: KeyUpdate) throws(RecordError) -> [UInt8] {
    guard role == .responder else { throw RecordError(.order, "a requester answers nothing") }
    var next = self
    guard next.update.answer(question).isAccepted else { throw RecordError(.order, "KEY_UPDATE \(question.operation) out of turn") }
    if question.operation != .verify { next.incoming = incoming.renewed() }
    if question.operation == .both { next.outgoing = outgoing.renewed() }
    let record = try next.seal(KeyUpdateAck(question.operation, tag: question.tag).bytes(version: version))
    self = next
    return record
  }

  private mutating func takeAnswer(_ record: [UInt8]) throws(Refusal) {
    var channel = incoming.channel
    let message = try Refusal.opening { () throws(RecordError) in try channel.open(record) }
    incoming.channel = channel
    let (answer, _) = try Refusal.answer(KeyUpdateAck.self, message, MessageForm(version: version))
    guard update.take(answer).isAccepted else { throw .record(RecordError(.order, "an acknowledgement of another change")) }
  }
}
