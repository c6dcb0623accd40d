/// Keeps a session alive. DSP0274 1.2 section 10.20.
public struct Heartbeat: HeaderOnlyMessage {
  public static let code = MessageCode.heartbeat
  public init() {}
  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {}
}
