import Foundation

/// Reads whole files, never more of them than a limit.
public enum TextFile {
  /// One mebibyte: far above any file a person writes.
  public static let limit = 1 << 20

  /// The bytes of a file. Errors: `missingFile`, `notAFile` for a directory, `unreadable`, `tooLarge`.
  public static func bytes(at path: String, limit: Int = limit) throws(DocumentError) -> [UInt8] {
    let place = Position(file: path)
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw DocumentError(.missingFile, at: place, "no such file")
    }
    if isDirectory.boolValue { throw DocumentError(.notAFile, at: place, "is a directory", expected: "a file") }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw DocumentError(.unreadable, at: place, "cannot be opened for reading")
    }
    defer { try? handle.close() }
    var bytes: [UInt8] = []
    do {
      // A pipe gives its content in pieces; one byte over the limit is enough to know.
      while bytes.count <= limit, let piece = try handle.read(upToCount: limit + 1 - bytes.count), !piece.isEmpty {
        bytes += piece
      }
    } catch {
      throw DocumentError(.unreadable, at: place, "cannot be read")
    }
    guard bytes.count <= limit else {
      throw DocumentError(.tooLarge, at: place, "the file is too large", expected: "at most \(limit) bytes")
    }
    return bytes
  }

  /// The text of a file. Errors as `bytes(at:limit:)`, and `notUTF8` with the line.
  public static func text(at path: String, limit: Int = limit) throws(DocumentError) -> String {
    try text(try bytes(at: path, limit: limit), file: path)
  }

  /// Bytes as text; `notUTF8` names the first line that is none.
  public static func text(_ bytes: [UInt8], file: String) throws(DocumentError) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
    throw DocumentError(
      .notUTF8, at: Position(file: file, line: line.map { $0 + 1 }), "the file is not UTF-8 text", expected: "UTF-8")
  }
}
