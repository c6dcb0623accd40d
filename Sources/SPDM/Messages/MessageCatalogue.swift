/// Reads a message of any code that is spoken.
public enum MessageCatalogue {
  public static let types: [any SPDMMessage.Type] = [
    GetVersion.self, Version.self, GetCapabilities.self, Capabilities.self, NegotiateAlgorithms.self, Algorithms.self, GetDigests.self,
    Digests.self, GetCertificate.self, CertificateResponse.self, Challenge.self, ChallengeAuth.self, GetMeasurements.self, Measurements.self,
    KeyExchange.self, KeyExchangeResponse.self, Finish.self, FinishResponse.self, Heartbeat.self, HeartbeatAck.self, KeyUpdate.self,
    KeyUpdateAck.self, EndSession.self, EndSessionAck.self, RespondIfReady.self, ErrorResponse.self, VendorDefinedRequest.self,
    VendorDefinedResponse.self,
  ]

  public static func type(of code: MessageCode) -> (any SPDMMessage.Type)? { types.first { $0.code == code } }

  public static func read(_ bytes: [UInt8], form: MessageForm) throws(SPDMError) -> any SPDMMessage {
    let (type, form) = try kind(of: bytes, form)
    return try type.init(bytes, form: form)
  }

  /// The same from a transport that pads to words, with the number of bytes that are the message's own.
  public static func read(padded bytes: [UInt8], form: MessageForm) throws(SPDMError) -> (message: any SPDMMessage, byteCount: Int) {
    func opened<Message: SPDMMessage>(_ type: Message.Type, _ form: MessageForm) throws(SPDMError) -> (any SPDMMessage, Int) {
      let (message, count) = try type.read(padded: bytes, form: form)
      return (message, count)
    }
    let (type, form) = try kind(of: bytes, form)
    return try opened(type, form)
  }

  private static func kind(of bytes: [UInt8], _ form: MessageForm) throws(SPDMError) -> (any SPDMMessage.Type, MessageForm) {
    let header = try MessageHeader(of: bytes)
    guard let type = type(of: header.code) else {
      throw SPDMError(.unknownMessage, field: "code", offset: 1, expected: "a message that is spoken")
    }
    // GET_VERSION and its answer come before there is a version.
    var form = form
    if header.code == .getVersion || header.code == .version { form.version = .v10 }
    return (type, form)
  }
}
