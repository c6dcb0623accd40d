/// Asks which versions the other side speaks; always with a header of 1.0. DSP0274 1.2 section 10.2.
public struct GetVersion: HeaderOnlyMessage {
  public static let code = MessageCode.getVersion
  public init() {}
  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {}
}
