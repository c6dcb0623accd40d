import Documents
import Primitives
import Rules

/// An event log as a file has it: a header if it has one, events, a result if it has one.
public struct TraceLog: Sendable {
  public var file: String
  /// Of a machine's own log: the world it starts from, and the procedures.
  public var header: RecordingHeader?
  /// What another header says that matters here.
  public var model: String?
  public var variant: String?
  public var platform: String?
  public var bounds: Bounds?
  public var parameters: Parameters?
  public var events: [TraceEvent] = []
  /// Of a machine's own log, and the line it stands in.
  public var result: (value: RecordedResult, line: Int)?

  /// A world of these bounds, grown to what the header says, or else to what the events name: larger, perhaps, than any that there is.
  public func world(atLeast least: Bounds) -> Bounds {
    if let bounds { return bounds }
    let names = TraceNames(events)
    return Bounds(
      devices: max(least.devices, UInt8(clamping: names.devices.count)),
      pages: max(least.pages, UInt8(clamping: names.pages.map(\.count).max() ?? 0)),
      importers: max(least.importers, UInt8(clamping: names.importers.count)),
      memory: max(least.memory, UInt8(clamping: names.units.count)))
  }

  public init(contentsOf path: String) throws(RecordingError) {
    let text: String
    do { text = try TextFile.text(at: path, limit: Recording.sizeLimit) } catch {
      throw RecordingError(.file, file: path, line: error.position.line, error.message)
    }
    try self.init(text: text, file: path)
  }

  /// Blank lines are passed by; everything else is a JSON object. Nothing stands before the header or behind the result.
  public init(text: String, file: String) throws(RecordingError) {
    self.file = file
    var isOver = false, isFirst = true, line = 0, rest: Substring? = text[...]
    // One after the other: a list of all lines may be many times the text.
    while let unread = rest {
      let end = unread.utf8.firstIndex(of: UInt8(ascii: "\n"))
      let written = end.map { unread[..<$0] } ?? unread
      rest = end.map { unread[unread.utf8.index(after: $0)...] }
      line += 1
      guard !written.allSatisfy(\.isWhitespace) else { continue }
      guard !isOver else { throw RecordingError(.content, file: file, line: line, "something follows the result") }
      let value: JSONValue
      do throws(JSONParser.Failure) { value = try JSONParser.parse(written) } catch {
        throw RecordingError(.syntax, file: file, line: line, column: error.column, error.message)
      }
      do throws(JSONObject.Failure) {
        if isFirst, let header = value.only("header") {
          try read(header)
        } else if let result = value.only("result") {
          isOver = true
          // Somebody else's result says nothing here.
          if header != nil { self.result = (try RecordedResult(result), line) }
        } else {
          events.append(try TraceEvent(value, line: line))
        }
      } catch { throw RecordingError(.content, file: file, line: line, error.message) }
      isFirst = false
    }
    if isFirst { throw RecordingError(.syntax, file: file, "the log is empty: a line of JSON for each event is expected") }
  }

  /// A header with a `format` is a recording's and has to be whole. Of any other the model, the variant and the size are taken.
  private mutating func read(_ value: JSONValue) throws(JSONObject.Failure) {
    guard case .object(let members) = value else { throw JSONObject.Failure(message: "header is no object\n  expected braces with its members") }
    let map = try JSONObject(value, "header", keys: members.map(\.key))
    if map.optional("format") != nil {
      header = try RecordingHeader(value)
      return
    }
    (model, variant) = (try map.optionalString("model"), try map.optionalString("variant"))
    platform = try map.optionalString("platform")
    if let story = try map.optionalString("scenario") {
      throw JSONObject.Failure(
        message: "the log of \(quoted(story)) says of no machine where it begins\n  expected what `run` writes of a scenario of the machine")
    }
    if map.optional("bounds") != nil { bounds = try Bounds(json: map.value("bounds")) }
    if map.optional("parameters") != nil { parameters = try Parameters(json: map.value("parameters")) }
  }
}

extension JSONValue {
  /// What stands alone behind `key`.
  fileprivate func only(_ key: String) -> JSONValue? {
    guard case .object(let members) = self, members.count == 1, members[0].key == key else { return nil }
    return members[0].value
  }
}
