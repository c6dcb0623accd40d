/// Eight bytes of the requester's choice that CHALLENGE and GET_MEASUREMENTS carry from 1.3 on and their answers
/// return, so that the requester finds the question again. DSP0274 1.3 sections 10.8 and 10.11.
public struct RequesterContext: Hashable, Sendable {
  public static let byteCount = 8
  public let bytes: [UInt8]

  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = Array(bytes)
  }

  /// Nil in the versions that have none.
  static func read(from reader: inout MessageReader, form: MessageForm) throws(SPDMError) -> Self? {
    guard form.version >= .v13 else { return nil }
    return Self(try reader.bytes("requester context", byteCount))
  }
}
