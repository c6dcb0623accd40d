import Documents

/// What is wrong with a recording, and in which line.
public struct RecordingError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, CaseIterable, Hashable, Sendable {
    /// No file, no text, too large.
    case file
    /// Not JSON lines, or cut off.
    case syntax
    /// JSON, but not what a recording has there.
    case content
    /// Written by another version.
    case format
    /// An action that the machine of the header cannot have.
    case action
    /// No counterexample of that name.
    case unknown
  }
  public var code: Code
  public var file: String
  /// From 1; nil for the file as a whole.
  public var line: Int?
  public var column: Int?
  public var message: String

  init(_ code: Code, file: String, line: Int? = nil, column: Int? = nil, _ message: String) {
    (self.code, self.file, self.line, self.column, self.message) = (code, file, line, column, message)
  }

  public var description: String { "\(Position(file: file, line: line, column: column)): \(message)" }
}
