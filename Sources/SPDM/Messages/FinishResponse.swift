import Primitives

/// The session stands. In a handshake in the clear this is where the responder proves its keys. DSP0274 1.2 section 10.17.
public struct FinishResponse: SPDMMessage {
  public static let code = MessageCode.finishResponse
  public var verifyData: DigestValue?

  public init(verifyData: DigestValue?) { self.verifyData = verifyData }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    guard form.handshake == .clear else { return }
    verifyData = try DigestValue(from: &reader, "verify data", try form.suite("verify data", at: reader.offset).hash)
  }

  public func encode(into writer: inout WireWriter) { if let verifyData { writer.append(verifyData.bytes) } }
}
