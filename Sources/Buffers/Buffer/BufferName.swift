/// What people call a buffer: at most 32 bytes of UTF-8 with its terminator, as `DMA_BUF_SET_NAME` takes it, in one line.
public struct BufferName: Hashable, Sendable, CustomStringConvertible {
  public static let limit = 32
  public let description: String

  /// - Throws: `.badName`.
  public init(_ text: String) throws(BufferError) {
    guard text.utf8.count < Self.limit, !text.utf8.contains(where: { $0 < 32 || $0 == 127 }) else {
      throw BufferError(.badName, "a name has less than \(Self.limit) bytes and no control characters")
    }
    description = text
  }
}
