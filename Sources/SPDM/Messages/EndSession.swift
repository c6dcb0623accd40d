/// Ends the session in which it is sent. DSP0274 1.2 section 10.23.
public struct EndSession: HeaderOnlyMessage {
  public static let code = MessageCode.endSession
  /// Whether a responder that caches negotiated state shall forget it.
  public var isStateCleared: Bool

  public init(isStateCleared: Bool = false) { self.isStateCleared = isStateCleared }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    isStateCleared = header.parameter1 & 1 != 0
  }

  public var parameters: (UInt8, UInt8) { (isStateCleared ? 1 : 0, 0) }
}
