/// What a responder answers where it cannot give what was asked. DSP0274 1.2 table 39.
extension ErrorResponse {
  /// The answer to a request that cannot be read, is not spoken, or comes out of turn. An unsupported request gets its code back.
  init(refusing request: some Collection<UInt8>, _ error: SPDMError) {
    switch error.code {
    case .unknownMessage, .notSpoken: self.init(.unsupportedRequest, data: request.dropFirst().first ?? 0)
    case .unexpectedMessage, .tooEarly: self.init(.unexpectedRequest)
    case .version: self.init(.versionMismatch)
    default: self.init(.invalidRequest)
    }
  }

  /// The answer would not fit into what the requester can receive, and nothing is sent in chunks. The extended data is its size.
  static func tooLarge(_ byteCount: Int) -> Self {
    let size = UInt32(clamping: byteCount)
    return Self(.other(0x0D, extended: (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }))
  }

  /// Of a refusal by a part of the conversation.
  init(refusing request: some Collection<UInt8>, _ refusal: Refusal) {
    switch refusal {
    case .message(let error): self.init(refusing: request, error)
    case .record: self.init(.decryptError)
    case .evidence(let error) where error.code == .verifyData: self.init(.decryptError)
    case .evidence: self.init(.invalidRequest)
    case .peer(let error): self = error
    case .transport, .interface: self.init(.unspecified)
    }
  }
}
