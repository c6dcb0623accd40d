/// Changes the keys of one direction or both, and then shows that the new ones work. DSP0274 1.2 section 10.21.
public struct KeyUpdate: HeaderOnlyMessage {
  public static let code = MessageCode.keyUpdate

  public enum Operation: UInt8, Hashable, Sendable, CaseIterable {
    /// The keys of the sender's direction.
    case own = 1
    case both = 2
    /// Sent with the new keys.
    case verify = 3
  }

  public var operation: Operation
  public var tag: UInt8

  public init(_ operation: Operation, tag: UInt8) { (self.operation, self.tag) = (operation, tag) }

  public init(header: MessageHeader, reader: inout MessageReader, form: MessageForm) throws(SPDMError) {
    guard let operation = Operation(rawValue: header.parameter1) else {
      throw SPDMError(.value, field: "key operation", offset: 2, expected: "1 to 3")
    }
    (self.operation, tag) = (operation, header.parameter2)
  }

  public var parameters: (UInt8, UInt8) { (operation.rawValue, tag) }
}
