/// The responder's side of one connection: objects of the mailbox go in, objects come out. It does no input or output and has no
/// clock; who runs it brings both.
///
/// Every request is answered, with an ERROR where there is nothing else to say, and a refused request changes nothing. Only what
/// belongs to a session that stands reaches a device's own protocols; the first record that does not open ends its session
/// (DSP0274 1.2 section 10.12, DecryptError).
public struct Responder: Sendable {
  /// Sessions at once on one connection, those included whose FINISH is due.
  public static let sessionLimit = 4

  public struct Configuration: Sendable {
    /// One for each suite that is to be spoken, in the order in which they are preferred.
    public var credentials: [Credential]
    public var versions: [SPDMVersion] = [.v12, .v13]
    public var capabilities: CapabilityBody
    /// Seconds; 0 asks for no heartbeat.
    public var heartbeat: UInt8 = 0
    public var misconduct = Misconduct()

    public init(credentials: [Credential], capabilities: CapabilityBody = .device) {
      (self.credentials, self.capabilities) = (credentials, capabilities)
    }
  }

  struct Live: Sendable {
    var session: Session
    /// L2 of measurements in this session.
    var measured: Transcript
    var heard: UInt64
    let heartbeat: UInt8
    var records = 0
  }

  public let connection: UInt64
  public let configuration: Configuration
  var negotiation: ResponderNegotiation
  /// M2 so far: digests and certificates since ALGORITHMS or the last challenge.
  var challenged: Transcript?
  /// L2 so far, outside of sessions.
  var measured: Transcript?
  var pending: [SessionAnswer] = []
  var sessions: [Live] = []
  var nextSession: UInt16 = 1
  var conduct = Conduct()

  /// `connection` tells this connection's sessions from those of others.
  public init(_ configuration: Configuration, connection: UInt64) {
    (self.configuration, self.connection) = (configuration, connection)
    negotiation = ResponderNegotiation(
      capabilities: configuration.capabilities, suites: configuration.credentials.map(\.suite), versions: configuration.versions)
  }

  /// The sessions that stand.
  public var sessionNames: [SessionName] { sessions.map { SessionName(connection: connection, id: $0.session.id) } }

  /// The answer to an object; nil for one that this mailbox does not take, which a mailbox answers with its error bit.
  ///
  /// - Parameter now: milliseconds of a clock that only goes forward.
  public mutating func answer(_ object: DOEObject, at now: UInt64, device: inout some ResponderDevice) -> DOEObject? {
    expire(at: now, device: &device)
    switch object.kind {
    case .discovery:
      guard let question = try? DOEDiscovery(object.payload), let answer = question.answer() else { return nil }
      return DOEObject(.discovery, answer.payload)
    case .spdm: return DOEObject(.spdm, fitting(plain(object.payload, at: now, device: &device)))
    case .securedSPDM: return record(object.payload, at: now, device: &device)
    }
  }

  /// Ends every session: the connection is gone.
  public mutating func close(device: inout some ResponderDevice) {
    let names = sessionNames
    (sessions, pending) = ([], [])
    for name in names { device.ended(name) }
  }

  /// Ends sessions that kept silent for twice their heartbeat. DSP0274 1.2 section 10.20.
  public mutating func expire(at now: UInt64, device: inout some ResponderDevice) {
    for live in sessions where live.heartbeat > 0 && now >= live.heard && now - live.heard > 2000 * UInt64(live.heartbeat) {
      end(live.session.id, device: &device)
    }
  }

  /// Whether a session stands that has a heartbeat, and so a time after which it ends by itself.
  public var hasHeartbeat: Bool { sessions.contains { $0.heartbeat > 0 } }

  mutating func end(_ id: SessionID, device: inout some ResponderDevice) {
    guard sessions.contains(where: { $0.session.id == id }) else { return }
    sessions.removeAll { $0.session.id == id }
    device.ended(SessionName(connection: connection, id: id))
  }

  /// For a responder that answers with what it said once (`Misconduct.repeatsMeasurements`): the first signed MEASUREMENTS, which
  /// may have been another connection's.
  public var keptMeasurements: [UInt8]? {
    get { conduct.firstMeasurements }
    set { conduct.firstMeasurements = newValue }
  }

  /// What both sides settled; nil before ALGORITHMS.
  public var settled: Connection? { if case .done(let connection) = negotiation.state { connection } else { nil } }

  func error(_ reason: ErrorResponse.Reason, data: UInt8 = 0) -> [UInt8] { ErrorResponse(reason, data: data).bytes(version: negotiation.version) }

  /// A requester says how much it can take at once, and nothing is sent in chunks.
  func fitting(_ answer: [UInt8]) -> [UInt8] {
    guard let limit = settled?.requesterSizes?.transfer, answer.count > Int(limit) else { return answer }
    return ErrorResponse.tooLarge(answer.count).bytes(version: negotiation.version)
  }
}

extension CapabilityBody {
  /// What a device of this package can do.
  public static let device = Self(
    flags: [
      .certificates, .challenge, .signedMeasurements, .freshMeasurements, .encryption, .authentication, .keyExchange, .heartbeat, .keyUpdate,
      .handshakeInClear,
    ], timeExponent: 17, sizes: .whole)

  /// What a requester of this package can do.
  public static let requester = Self(
    flags: [.certificates, .challenge, .encryption, .authentication, .keyExchange, .heartbeat, .keyUpdate, .handshakeInClear],
    timeExponent: 17, sizes: .whole)
}

extension CapabilityBody.Sizes {
  /// Without chunks both sizes are the same. DSP0274 1.2 section 10.3.
  public static let whole = Self(transfer: 0x8000, message: 0x8000)
}
