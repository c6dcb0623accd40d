/// Comes back for an answer that was not ready, with the token that was given for it. DSP0274 1.2 section 10.13.
public struct RespondIfReady: HeaderOnlyMessage {
  public static let code = MessageCode.respondIfReady
  public var request: UInt8
  public var token: UInt8

  public init(request: UInt8, token: UInt8) { (self.request, self.token) = (request, token) }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    (request, token) = (header.parameter1, header.parameter2)
  }

  public var parameters: (UInt8, UInt8) { (request, token) }
}
