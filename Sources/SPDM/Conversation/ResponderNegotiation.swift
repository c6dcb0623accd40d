/// The responder's side of the first three exchanges. DSP0274 1.2 sections 10.2 to 10.4.
///
/// GET_VERSION begins again from anywhere. Whatever is asked out of turn gets an ERROR and changes nothing.
public struct ResponderNegotiation: Sendable {
  public enum State: Sendable {
    case start
    case versioned
    case capable(SPDMVersion, requester: CapabilityBody)
    case done(Connection)
  }

  public private(set) var state = State.start
  private let capabilities: CapabilityBody
  private let suites: [AlgorithmSuite]
  private let versions: [SPDMVersion]
  private var transcript = NegotiationTranscript()

  /// `suites` in the order in which they are preferred.
  public init(capabilities: CapabilityBody, suites: [AlgorithmSuite] = [.p384, .p256], versions: [SPDMVersion] = [.v12, .v13]) {
    (self.capabilities, self.suites, self.versions) = (capabilities, suites, versions.filter(\.isSpoken))
  }

  /// The answer to a request, which may have its transport's padding behind it.
  public mutating func answer(_ request: [UInt8]) -> [UInt8] {
    do { return try accept(request) } catch { return ErrorResponse(refusing: request, error).bytes(version: version) }
  }

  /// The version in which an answer is written now.
  var version: SPDMVersion {
    switch state {
    case .start: .v10
    case .versioned: versions.min() ?? .v12
    case .capable(let version, _): version
    case .done(let connection): connection.version
    }
  }

  private mutating func accept(_ request: [UInt8]) throws(SPDMError) -> [UInt8] {
    let header = try MessageHeader(of: request)
    let form = MessageForm(version: header.version)
    switch (header.code, state) {
    case (.getVersion, _):
      let (_, count) = try GetVersion.read(padded: request, form: MessageForm(version: .v10))
      transcript = NegotiationTranscript()
      state = .versioned
      return log(request.prefix(count), Version(versions.map { Version.Entry($0) }).bytes(version: .v10))
    case (.getCapabilities, .versioned):
      guard versions.contains(header.version) else { throw SPDMError(.version, field: "version", offset: 0, expected: "one that was told") }
      let (message, count) = try GetCapabilities.read(padded: request, form: form)
      state = .capable(header.version, requester: message.body)
      return log(request.prefix(count), Capabilities(capabilities).bytes(version: header.version))
    case (.negotiateAlgorithms, .capable(let version, let requester)):
      let (message, count) = try NegotiateAlgorithms.read(padded: request, form: MessageForm(version: version))
      guard let suite = suites.first(where: { Self.isOffered($0, message) }) else {
        throw SPDMError(.value, field: "algorithms", offset: 8, expected: "a suite that is spoken")
      }
      let answer = log(request.prefix(count), Self.choice(suite, message).bytes(version: version))
      state = .done(
        Connection(
          version: version, suite: suite, requester: requester.flags, responder: capabilities.flags, requesterSizes: requester.sizes,
          responderSizes: capabilities.sizes, negotiation: transcript))
      return answer
    default: throw SPDMError(.unexpectedMessage, field: "code", offset: 1, expected: "the next step of negotiation")
    }
  }

  private mutating func log(_ request: ArraySlice<UInt8>, _ answer: [UInt8]) -> [UInt8] {
    transcript.append(request)
    transcript.append(answer)
    return answer
  }

  private static func isOffered(_ suite: AlgorithmSuite, _ offer: NegotiateAlgorithms) -> Bool {
    func has(_ kind: AlgorithmTable.Kind, _ bit: UInt16?) -> Bool {
      bit.map { bit in offer.tables.contains { $0.kind == kind && $0.fixed & bit != 0 } } ?? true
    }
    return offer.signatures & suite.signature.rawValue != 0 && offer.hashes & suite.hash.rawValue != 0
      && has(.exchange, suite.exchange?.rawValue) && has(.cipher, suite.cipher?.rawValue) && has(.keySchedule, suite.exchange == nil ? nil : 1)
  }

  private static func choice(_ suite: AlgorithmSuite, _ offer: NegotiateAlgorithms) -> Algorithms {
    var tables: [AlgorithmTable] = []
    if let exchange = suite.exchange { tables.append(AlgorithmTable(.exchange, exchange.rawValue)) }
    if let cipher = suite.cipher { tables.append(AlgorithmTable(.cipher, cipher.rawValue)) }
    if suite.exchange != nil { tables.append(AlgorithmTable(.keySchedule, 1)) }
    // Bits of the measurement hash: 1 raw, then SHA-256, SHA-384.
    return Algorithms(
      measurementSpecification: offer.measurementSpecification & 1, otherParameters: offer.otherParameters & NegotiateAlgorithms.opaqueFormat1,
      measurementHash: suite.hash == .sha256 ? 2 : 4, signature: suite.signature.rawValue, hash: suite.hash.rawValue, tables: tables)
  }
}
