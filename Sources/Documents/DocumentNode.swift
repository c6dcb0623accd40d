import Yams

/// A value in a document, with the place where it was written. It is read by asking for what is
/// needed (`DocumentNode+Reading.swift`), and the answer is that or an error with file and line.
public struct DocumentNode: Hashable, Sendable {
  public enum Content: Hashable, Sendable {
    /// Text that stands plain, so that it may also be a number, a truth value or nothing.
    case plain(String)
    /// Text in quotes or a block: always text.
    case text(String)
    case sequence([DocumentNode])
    /// In the order of the file; keys differ.
    case mapping([Entry])
  }

  public struct Entry: Hashable, Sendable {
    public let key: String
    public let keyPosition: Position
    public let value: DocumentNode
  }

  public let content: Content
  public let position: Position
  /// `devices[0].address`; empty for the root.
  public let path: String

  /// Nothing was written: `key:` with no value, `~` or `null`.
  public var isNull: Bool {
    if case .plain(let text) = content { ["", "~", "null"].contains(text) } else { false }
  }
  public var isMapping: Bool { if case .mapping = content { true } else { false } }
  public var isSequence: Bool { if case .sequence = content { true } else { false } }

  /// What it is, for a message: `text 'abc'`, `a list`, `a mapping`, `nothing`.
  public var kind: String {
    switch content {
    case _ where isNull: "nothing"
    case .plain(let text), .text(let text): quoted(text)
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }

  /// An error that points here. For what a reader finds wrong with a value after it was read.
  public func error(
    _ code: DocumentError.Code, _ message: String, expected expectation: String = "", suggestion: String? = nil
  ) -> DocumentError {
    DocumentError(code, at: position, path: path, message, expected: expectation, suggestion: suggestion)
  }
}

extension DocumentNode {
  init(_ node: Node, file: String, path: String, depth: Int) throws(DocumentError) {
    let position = Position(file: file, line: node.mark?.line, column: node.mark?.column)
    func refused(_ code: DocumentError.Code, _ message: String, _ expectation: String) -> DocumentError {
      DocumentError(code, at: position, path: path, message, expected: expectation)
    }
    if depth > Document.depthLimit {
      throw refused(.tooDeep, "nested too deeply", "at most \(Document.depthLimit) levels")
    }
    // An anchor always stands before its aliases, so refusing it here comes before any expansion.
    if node.anchor != nil {
      throw refused(.anchor, "anchors and aliases are not read here", "the value itself, written out")
    }
    (self.position, self.path) = (position, path)
    switch node {
    case .alias:
      throw refused(.anchor, "anchors and aliases are not read here", "the value itself, written out")
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain || scalar.style == .any
      guard scalar.tag == .implicit || (scalar.tag == Tag(.str) && !isPlain) else {
        throw refused(.tag, "tags are not read here", "the value without a tag")
      }
      content = isPlain ? .plain(scalar.string) : .text(scalar.string)
    case .sequence(let sequence):
      guard sequence.tag == .implicit else { throw refused(.tag, "tags are not read here", "the list without a tag") }
      var elements: [DocumentNode] = []
      for element in sequence {
        elements.append(try DocumentNode(element, file: file, path: "\(path)[\(elements.count)]", depth: depth + 1))
      }
      content = .sequence(elements)
    case .mapping(let mapping):
      guard mapping.tag == .implicit else { throw refused(.tag, "tags are not read here", "the mapping without a tag") }
      var entries: [Entry] = []
      for (key, value) in mapping {
        let place = Position(file: file, line: key.mark?.line, column: key.mark?.column)
        // Comparing keys resolved their tags already, so that one that was written can no longer be told.
        guard case .scalar(let scalar) = key, key.anchor == nil else {
          throw DocumentError(.wrongType, at: place, path: path, "a key must be plain text")
        }
        let name = scalar.string
        let value = try DocumentNode(value, file: file, path: path.isEmpty ? name : "\(path).\(name)", depth: depth + 1)
        entries.append(Entry(key: name, keyPosition: place, value: value))
      }
      // `a` and `"a"` differ for YAML and not for us.
      var seen: Set<String> = []
      for entry in entries where !seen.insert(entry.key).inserted {
        throw DocumentError(
          .duplicateKey, at: entry.keyPosition, path: path, "the key \(quoted(entry.key)) appears more than once")
      }
      content = .mapping(entries)
    }
  }
}
