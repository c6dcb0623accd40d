import Documents
import Foundation
import Primitives

extension Recording {
  /// A quarter of a gibibyte: a run that moved a very large payload.
  public static let sizeLimit = 1 << 28

  /// Reads a recording whole. Errors: `RecordingError` with the line; nothing that a file holds traps.
  public init(contentsOf path: String) throws(RecordingError) {
    let text: String
    do {
      text = try TextFile.text(at: path, limit: Self.sizeLimit)
    } catch { throw RecordingError(.file, file: path, line: error.position.line, error.message) }
    try self.init(text: text, file: path)
  }

  /// `file` is a name for messages.
  public init(text: String, file: String) throws(RecordingError) {
    // The header alone first: a file that is none is not worth its lines.
    var lines = text.split(maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: isLineEnd)
    // One line break ends the last line.
    if lines.last?.isEmpty == true { lines.removeLast() }
    guard lines.count >= 2 else { throw RecordingError(.syntax, file: file, "the recording is cut off: a header and a result are needed") }

    func value(_ number: Int) throws(RecordingError) -> JSONValue {
      do throws(JSONParser.Failure) { return try JSONParser.parse(lines[number]) } catch {
        throw RecordingError(.syntax, file: file, line: number + 1, column: error.column, error.message)
      }
    }
    /// What stands alone behind `key` in a line.
    func only(_ key: String, _ number: Int) throws(RecordingError) -> JSONValue {
      guard case .object(let members) = try value(number), members.count == 1, members[0].key == key else {
        throw RecordingError(
          .content, file: file, line: number + 1, number == 0 ? "a header is expected" : "the recording is cut off: a result is expected")
      }
      return members[0].value
    }
    func checked<Part>(_ number: Int, _ read: () throws(JSONObject.Failure) -> Part) throws(RecordingError) -> Part {
      do throws(JSONObject.Failure) { return try read() } catch {
        let isAction = error.message.hasPrefix("no action") || error.message.hasPrefix("outside the machine")
        let isFormat = error.message.hasPrefix("the format") || error.message.hasPrefix("header.world")
        throw RecordingError(isAction ? .action : isFormat ? .format : .content, file: file, line: number + 1, error.message)
      }
    }

    let written = try only("header", 0)
    let header = try checked(0) { () throws(JSONObject.Failure) in try RecordingHeader(written) }
    lines = text.split(omittingEmptySubsequences: false, whereSeparator: isLineEnd)
    if lines.last?.isEmpty == true { lines.removeLast() }
    var events: [RecordedEvent] = []
    for number in 1..<lines.count - 1 {
      let value = try value(number)
      let event = try checked(number) { () throws(JSONObject.Failure) in try RecordedEvent(value, header.bounds) }
      if let last = events.last, event.index != last.index + 1 {
        throw RecordingError(.content, file: file, line: number + 1, "event \(event.index) follows event \(last.index): something is missing")
      }
      events.append(event)
    }
    let end = try only("result", lines.count - 1)
    let result = try checked(lines.count - 1) { () throws(JSONObject.Failure) in try RecordedResult(end) }
    if let count = result.events, count != events.count {
      throw RecordingError(.content, file: file, line: lines.count, "the result counts \(count) events, the recording has \(events.count)")
    }
    self.init(header: header, events: events, result: result)
  }

  /// The counterexample of this identifier among the recordings (`.json`, `.jsonl`) of a directory.
  ///
  /// The file of that name is looked at first, then the headers of all others in the order of their names.
  public static func find(_ id: String, in directory: String) throws(RecordingError) -> Recording {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter { $0.hasSuffix(".json") || $0.hasSuffix(".jsonl") }
    let folder = URL(fileURLWithPath: directory)
    for name in names.sorted(by: { ($0.hasPrefix(id) ? 0 : 1, $0) < ($1.hasPrefix(id) ? 0 : 1, $1) }).prefix(10_000) {
      let path = folder.appendingPathComponent(name).path
      guard let text = try? TextFile.text(at: path, limit: sizeLimit), let first = text.split(maxSplits: 1, whereSeparator: isLineEnd).first,
        case .object(let members)? = try? JSONParser.parse(first), let value = members.first?.value,
        let header = try? RecordingHeader(value), header.id == id
      else { continue }
      return try Recording(text: text, file: path)
    }
    throw RecordingError(
      .unknown, file: directory,
      "no counterexample \(quoted(id)) is recorded here\n  expected one that a check has found here: `check` with the same model, files and options"
        + " finds it again, or a recording of it")
  }
}

/// A recording that went through mail may have the line ends of another system, which are one character for Swift.
private func isLineEnd(_ character: Character) -> Bool { character == "\n" || character == "\r\n" }
