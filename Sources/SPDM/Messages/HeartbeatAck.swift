/// The answer to a heartbeat. DSP0274 1.2 section 10.20.
public struct HeartbeatAck: HeaderOnlyMessage {
  public static let code = MessageCode.heartbeatAck
  public init() {}
  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {}
}
