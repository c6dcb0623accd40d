/// The last message of a session. DSP0274 1.2 section 10.23.
public struct EndSessionAck: HeaderOnlyMessage {
  public static let code = MessageCode.endSessionAck
  public init() {}
  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {}
}
