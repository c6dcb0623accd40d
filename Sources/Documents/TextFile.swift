/// Reads whole files, never more of them than a limit.
public enum TextFile {
  /// One mebibyte: far above any file a person writes.
  public static let limit = 1 << 20

  /// How long a pipe may be without its other side, in milliseconds.
  public static let pipePatience: Int32 = 1000

  /// The bytes of a file or a pipe. Errors: `missingFile`, `notAFile` for a directory or a device, `unreadable`, `tooLarge`.
  public static func bytes(at path: String, limit: Int = limit) throws(DocumentError) -> [UInt8] {
    try InputFile.opened(path).bytes(limit: limit)
  }

  /// The text of a file. Errors as `bytes(at:limit:)`, and `notUTF8` with the line.
  public static func text(at path: String, limit: Int = limit) throws(DocumentError) -> String {
    try text(try bytes(at: path, limit: limit), file: path)
  }

  /// What some editors put in front of UTF-8: it belongs to no line.
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Bytes as text, without a byte order mark; `notUTF8` names the first line that is none.
  public static func text(_ bytes: [UInt8], file: String) throws(DocumentError) -> String {
    if bytes.starts(with: byteOrderMark) { return try text(Array(bytes.dropFirst(byteOrderMark.count)), file: file) }
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
    throw DocumentError(
      .notUTF8, at: Position(file: file, line: line.map { $0 + 1 }), "the file is not UTF-8 text", expected: "UTF-8")
  }
}
