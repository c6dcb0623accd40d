/// What is wrong with a text, where, and what would have been right.
///
/// Every reader of text formats reports this one type, so that the command line has one way to say
/// it. Tests compare `code`; people read `description`:
///
///     machine.yaml:14:9: unknown key 'bar_size' (did you mean 'barSizes'?)
///       in devices[0]; expected one of: lspci, address, barSizes, interface
public struct DocumentError: Error, Hashable, Sendable {
  public enum Code: String, CaseIterable, Hashable, Sendable {
    // The file as a whole
    case missingFile, notAFile, unreadable, tooLarge, notUTF8, empty
    // Its form
    case syntax, severalDocuments, tooDeep, anchor, tag
    // Its content
    case unknownKey, duplicateKey, missingKey, wrongType, outOfRange, unknownWord
    /// Two places that cannot both be right, or one that the world does not allow.
    case contradiction
  }

  public var code: Code
  public var position: Position
  /// Where in the document's tree, as `devices[0].address`; empty at the top and in line formats.
  public var path: String
  /// One clause without a full stop.
  public var message: String
  /// What would have been accepted, or empty.
  public var expectation: String
  /// The nearest valid word, where one is near.
  public var suggestion: String?

  public init(
    _ code: Code, at position: Position, path: String = "", _ message: String, expected expectation: String = "",
    suggestion: String? = nil
  ) {
    (self.code, self.position, self.path) = (code, position, path)
    (self.message, self.expectation, self.suggestion) = (message, expectation, suggestion)
  }
}

extension DocumentError: CustomStringConvertible {
  public var description: String {
    var out = "\(position): \(message)"
    if let suggestion { out += " (did you mean \(quoted(suggestion))?)" }
    var details: [String] = []
    if !path.isEmpty { details.append("in \(path)") }
    if !expectation.isEmpty { details.append("expected \(expectation)") }
    if !details.isEmpty { out += "\n  " + details.joined(separator: "; ") }
    return out
  }
}

/// A piece of input made fit to be quoted in one line of a message: characters that control the
/// terminal or the direction of writing are replaced, and long text is cut.
public func quoted(_ text: some StringProtocol, atMost limit: Int = 48) -> String { "'" + printable(text, atMost: limit) + "'" }

/// The same without the quotes, for a line that is made of input.
public func printable(_ text: some StringProtocol, atMost limit: Int) -> String {
  var out = ""
  for (count, scalar) in text.unicodeScalars.enumerated() {
    if count == limit {
      out += "..."
      break
    }
    let isHarmless =
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: false
      default: true
      }
    out.unicodeScalars.append(isHarmless ? scalar : "?")
  }
  return out
}
