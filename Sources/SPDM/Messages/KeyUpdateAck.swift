/// Repeats operation and tag of the update that it answers. DSP0274 1.2 section 10.21.
public struct KeyUpdateAck: HeaderOnlyMessage {
  public static let code = MessageCode.keyUpdateAck
  public var operation: KeyUpdate.Operation
  public var tag: UInt8

  public init(_ operation: KeyUpdate.Operation, tag: UInt8) { (self.operation, self.tag) = (operation, tag) }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    guard let operation = KeyUpdate.Operation(rawValue: header.parameter1) else {
      throw SPDMError(.value, field: "key operation", offset: 2, expected: "1 to 3")
    }
    (self.operation, tag) = (operation, header.parameter2)
  }

  public var parameters: (UInt8, UInt8) { (operation.rawValue, tag) }
}
