/// What the reader's screen can show. The caller knows; this room asks nobody.
public struct TextStyle: Hashable, Sendable {
  public var utf8: Bool
  public var colour: Bool

  public init(utf8: Bool = true, colour: Bool = false) { (self.utf8, self.colour) = (utf8, colour) }

  /// For mail: marks and arrows as characters, no colour.
  public static let plain = TextStyle()
  public static let ascii = TextStyle(utf8: false)
  public static let terminal = TextStyle(colour: true)

  var ellipsis: String { utf8 ? "…" : "..." }
  var rule: Character { utf8 ? "─" : "-" }
  var breaks: String { utf8 ? "◀ breaks it" : "<- breaks it" }

  package func sign(_ mark: Mark) -> String {
    switch mark {
    case .ok: utf8 ? "✓" : "ok"
    case .refused, .fault, .violated: utf8 ? "✗" : "NO"
    case .ignored: utf8 ? "·" : "-"
    }
  }

  /// Text fit for this screen: cleaned, and in ASCII where that is all there is.
  func clean(_ text: String) -> String {
    let text = PlainText.clean(text)
    if utf8 { return text }
    var out = ""
    for character in text {
      switch character {
      case _ where character.isASCII: out.append(character)
      case "→": out += "->"
      case "←": out += "<-"
      case "…": out += "..."
      case "–", "—", "─": out += "-"
      case "✓": out += "ok"
      case "✗": out += "NO"
      case "·", "•": out += "-"
      case "≤": out += "<="
      case "≥": out += ">="
      case "×": out += "x"
      case "“", "”": out += "\""
      case "‘", "’": out += "'"
      default: out += "?"
      }
    }
    return out
  }

  enum Ink: String {
    case bold = "1", faint = "2", red = "31", green = "32", yellow = "33", magenta = "35", alarm = "1;31"
  }

  func paint(_ text: String, _ ink: Ink?) -> String {
    guard colour, let ink, !text.isEmpty else { return text }
    return "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m"
  }
  func ink(_ mark: Mark) -> Ink {
    switch mark {
    case .ok: .green
    case .refused: .yellow
    case .ignored: .faint
    case .fault: .magenta
    case .violated: .alarm
    }
  }
}
