import Primitives
import Yams

/// A YAML file that was read whole and is known to be harmless: bounded in size and depth, one
/// document, no anchors, aliases or tags (a few lines of aliases can stand for gigabytes).
public struct Document: Sendable {
  public let file: String
  public let root: DocumentNode

  /// How deep mappings and sequences may nest.
  public static let depthLimit = 64

  /// Parses text. `file` is only a name for messages.
  public init(text: String, file: String) throws(DocumentError) {
    self.file = file
    guard text.utf8.count <= TextFile.limit else {
      throw DocumentError(.tooLarge, at: Position(file: file), "the text is too large", expected: "at most \(TextFile.limit) bytes")
    }
    try refuseWhatComposingCannotBear(text, file: file)
    root = try compose(text, file: file)
  }

  /// Reads and parses a file.
  public init(contentsOf path: String) throws(DocumentError) {
    try self.init(text: try TextFile.text(at: path), file: path)
  }
}

/// Yams composes recursively and compares mapping keys deeply, so a tower of brackets or a bomb of
/// aliases must never reach it. This look at the raw text is coarse: it only has to bound the work,
/// the exact answers come from the composed tree.
private func refuseWhatComposingCannotBear(_ text: String, file: String) throws(DocumentError) {
  let aliasesThatCannotExplode = 16
  var (depth, anchors, aliases) = (0, 0, 0)
  var (line, column) = (1, 0)
  var indent: Int? = 0
  var previous = UInt8(ascii: "\n")
  for byte in text.utf8 {
    column += 1
    let startsToken = isSpace(previous) || "[{,:-?".utf8.contains(previous)
    switch byte {
    case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
    case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
    case UInt8(ascii: "&") where startsToken: anchors += 1
    case UInt8(ascii: "*") where startsToken: aliases += 1
    default: break
    }
    // A block collection costs a column of indentation, or an indicator of its own on the line.
    if let columns = indent, isSpace(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "?") {
      indent = columns + 1
    } else {
      indent = nil
    }
    if depth > Document.depthLimit || indent ?? 0 > 8 * Document.depthLimit {
      throw DocumentError(
        .tooDeep, at: Position(file: file, line: line, column: column), "nested too deeply",
        expected: "at most \(Document.depthLimit) levels")
    }
    if anchors > 0, aliases > aliasesThatCannotExplode {
      throw DocumentError(
        .anchor, at: Position(file: file, line: line, column: column), "anchors and aliases are not read here",
        expected: "the value itself, written out")
    }
    if byte == UInt8(ascii: "\n") { (line, column, indent) = (line + 1, 0, 0) }
    previous = byte
  }
}

private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

private func compose(_ text: String, file: String) throws(DocumentError) -> DocumentNode {
  do {
    // The parser is kept until the tree is converted: anchors live only as long as it does.
    let parser = try Parser(yaml: text, encoding: .utf8)
    return try withExtendedLifetime(parser) {
      guard let root = try parser.singleRoot() else {
        throw DocumentError(.empty, at: Position(file: file, line: 1), "the document is empty", expected: "a mapping with keys")
      }
      let converted = try DocumentNode(root, file: file, path: "", depth: 0)
      if converted.isNull { throw DocumentError(.empty, at: Position(file: file, line: 1), "the document is empty", expected: "a mapping with keys") }
      return converted
    }
  } catch let error as DocumentError {
    throw error
  } catch let error as YamlError {
    throw DocumentError(error, text: text, file: file)
  } catch {
    throw DocumentError(.syntax, at: Position(file: file), "cannot be parsed")
  }
}

extension DocumentError {
  fileprivate init(_ error: YamlError, text: String, file: String) {
    func here(_ mark: Mark) -> Position { Position(file: file, line: mark.line, column: mark.column) }
    switch error {
    case .composer(_, let problem, let mark, _) where problem.contains("another document"):
      self.init(.severalDocuments, at: here(mark), "a second document begins here", expected: "one document a file")
    case .composer(_, let problem, let mark, _) where problem.contains("alias"):
      self.init(.anchor, at: here(mark), "anchors and aliases are not read here", expected: "the value itself, written out")
    case .parser(_, let problem, let mark, _) where problem.contains("nesting"):
      self.init(.tooDeep, at: here(mark), "nested too deeply", expected: "at most \(Document.depthLimit) levels")
    case .scanner(_, let problem, let mark, _) where problem.contains("cannot start any token") && lineHolds("\t", text, mark.line):
      self.init(.syntax, at: here(mark), "a tab", expected: "spaces, as YAML indents with nothing else")
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
      self.init(.syntax, at: here(mark), "not YAML: \(problem)")
    case .reader(let problem, let offset, _, _):
      let line = offset.map { text.prefix($0).count { $0.isNewline } + 1 }
      self.init(.syntax, at: Position(file: file, line: line), "not YAML: \(problem)")
    case .duplicatedKeysInMapping(let keys, let context):
      let key = keys.first ?? ""
      let place = secondPlace(of: key, from: context.mark, text).map { Position(file: file, line: $0, column: context.mark.column) }
      self.init(.duplicateKey, at: place ?? here(context.mark), "the key \(quoted(key)) appears more than once")
    default:
      self.init(.syntax, at: Position(file: file), "cannot be parsed")
    }
  }
}

private func lineHolds(_ character: Character, _ text: String, _ number: Int) -> Bool {
  let lines = text.split(maxSplits: max(0, number), omittingEmptySubsequences: false, whereSeparator: \.isNewline)
  return lines.indices.contains(number - 1) && lines[number - 1].contains(character)
}

/// The line in which a key of a block mapping is written a second time: the parser tells only where the mapping begins. Nil for a
/// mapping in braces, whose keys mostly share a line.
private func secondPlace(of key: String, from mark: Mark, _ text: String) -> Int? {
  var count = 0
  for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().dropFirst(max(0, mark.line - 1)) {
    // The first key of a mapping in a list stands behind the list's dash.
    let own = index == mark.line - 1 ? line.dropFirst(mark.column - 1) : line.drop { $0 == " " }
    let isOwn = index == mark.line - 1 || line.count - own.count == mark.column - 1
    if !isOwn {
      if own.isEmpty || own.first == "#" || line.count - own.count >= mark.column { continue }
      return nil
    }
    let isKey = ["", "\"", "'"].contains { quote in
      let written = quote + key + quote
      return own.hasPrefix(written) && own.dropFirst(written.count).drop { $0 == " " }.first == ":"
    }
    if isKey { count += 1 }
    if count == 2 { return index + 1 }
  }
  return nil
}
