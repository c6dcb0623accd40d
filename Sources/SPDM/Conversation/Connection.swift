/// What two sides have settled. With it every later message can be read, and every transcript begins with it.
public struct Connection: Sendable {
  public let version: SPDMVersion
  public let suite: AlgorithmSuite
  public let requester: CapabilityFlags
  public let responder: CapabilityFlags
  /// What each side can receive at once.
  public let requesterSizes: CapabilityBody.Sizes?
  public let responderSizes: CapabilityBody.Sizes?
  public let negotiation: NegotiationTranscript

  /// In the clear if both sides offer it. DSP0274 1.2 section 10.17.
  public var handshake: MessageForm.Handshake {
    requester.contains(.handshakeInClear) && responder.contains(.handshakeInClear) ? .clear : .encrypted
  }

  /// Whether both sides can have sessions, with encryption and authentication.
  public var hasSessions: Bool {
    let needed: CapabilityFlags = [.keyExchange, .encryption, .authentication]
    return suite.exchange != nil && suite.cipher != nil && requester.isSuperset(of: needed) && responder.isSuperset(of: needed)
  }

  public func form(summary: MeasurementSummary = .none, isSigned: Bool = true) -> MessageForm {
    MessageForm(version: version, algorithms: suite, summary: summary, isSigned: isSigned, handshake: handshake)
  }
}
