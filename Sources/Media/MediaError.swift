/// Why a file is no film that can be played here. `code` is what tests compare; `path` is the way to the box: `moov/trak/mdia`.
public struct MediaError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// A box or a field that reaches past the end of what holds it.
    case cut
    /// A box that says that it is smaller than its own head.
    case badSize = "bad-size"
    /// A box that has to be there and is not.
    case missing
    /// More of something than a film has.
    case tooMany = "too-many"
    /// Boxes inside boxes without end.
    case tooDeep = "too-deep"
    /// A value that contradicts another.
    case contradiction
    /// Something that is not read here.
    case unsupported
  }

  public let code: Code
  public let path: String
  /// In the file, in bytes.
  public let offset: Int
  public let reason: String

  init(_ code: Code, _ path: String, at offset: Int, _ reason: String) {
    (self.code, self.path, self.offset, self.reason) = (code, path, offset, reason)
  }

  public var description: String { "byte 0x\(String(offset, radix: 16)): \(reason)\n  in \(path.isEmpty ? "the file" : path)" }
}
