/// Asks for the hashes of all certificate chains. DSP0274 1.2 section 10.5.
public struct GetDigests: HeaderOnlyMessage {
  public static let code = MessageCode.getDigests
  public init() {}
  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {}
}
