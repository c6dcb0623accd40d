/// Why bytes are no message that this room speaks: what kind of mistake, in which field, where, and what was expected.
public struct SPDMError: Error, Hashable, Sendable {
  public enum Code: String, Sendable, CaseIterable {
    /// A field reaches past the end of the message.
    case cut
    /// Bytes follow the last field.
    case leftOver
    /// No message has this code in the versions that are read.
    case unknownMessage
    /// A message, but not the one that belongs here.
    case unexpectedMessage
    /// Known by name and refused: the specification has it, this room does not speak it.
    case notSpoken
    case version
    /// A field holds a value that its format does not allow.
    case value
    /// Two fields that count the same bytes disagree.
    case length
    /// Longer than the specification lets it be.
    case tooLong
    /// The form of this message follows from algorithms that are not negotiated yet.
    case tooEarly
  }

  public let code: Code
  public let field: String
  /// Counted from the first byte of the message.
  public let offset: Int
  public let expected: String

  public init(_ code: Code, field: String, offset: Int, expected: String) {
    (self.code, self.field, self.offset, self.expected) = (code, field, offset, expected)
  }
}

extension SPDMError: CustomStringConvertible {
  public var description: String { "\(field) at offset \(offset): \(code.rawValue), expected \(expected)" }
}
