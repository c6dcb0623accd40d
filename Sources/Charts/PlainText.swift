/// Text for a terminal or a mail: cleaned, measured in columns, cut and wrapped by columns.
package enum PlainText {
  /// One line without anything that moves the cursor, turns the direction of writing or shows nothing.
  /// Line ends and tabs become a space; combining marks beyond two on a character are dropped.
  static func clean(_ text: String) -> String {
    if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
    var out = String.UnicodeScalarView()
    var marks = 0
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator:
        if scalar.properties.isWhitespace, out.last != " " { out.append(" ") }
      case .format, .surrogate, .privateUse, .unassigned: break
      case .nonspacingMark, .enclosingMark:
        marks += 1
        if marks <= 2, !out.isEmpty { out.append(scalar) }
        continue
      default: out.append(scalar)
      }
      marks = 0
    }
    return String(out)
  }

  /// Columns that the text takes, erring to the wide side.
  package static func width(_ text: String) -> Int {
    var isASCII = true
    for byte in text.utf8 where byte >= 0x80 { isASCII = false; break }
    return isASCII ? text.utf8.count : text.unicodeScalars.reduce(0) { $0 + width($1) }
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    switch scalar.value {
    // Hangul, CJK with its punctuation and compatibility forms, full-width forms, emoji, the CJK planes.
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF,
      0x1F000...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return scalar.properties.isEmojiPresentation ? 2 : 1
    }
  }

  /// At most `columns` wide; what is cut away leaves an ellipsis.
  static func fit(_ text: String, _ columns: Int, ellipsis: String) -> String {
    guard width(text) > columns else { return text }
    let room = columns - width(ellipsis)
    guard room >= 0 else { return "" }
    var (out, used) = ("", 0)
    for character in text {
      let next = width(String(character))
      guard used + next <= room else { break }
      out.append(character)
      used += next
    }
    return out + ellipsis
  }

  /// Broken between words into lines of at most `columns`; a longer word is cut. At most `limit` lines.
  static func wrap(_ text: String, _ columns: Int, ellipsis: String, limit: Int = 8) -> [String] {
    guard width(text) > columns else { return [text] }
    var lines: [String] = []
    var (line, used) = ("", 0)
    for word in text.split(separator: " ") {
      let next = width(String(word))
      if !line.isEmpty, used + 1 + next > columns {
        lines.append(line)
        (line, used) = ("", 0)
        if lines.count == limit { break }
      }
      used += line.isEmpty ? next : next + 1
      line += line.isEmpty ? word : " " + word
    }
    if lines.count == limit { lines[limit - 1] += " " + ellipsis } else if !line.isEmpty { lines.append(line) }
    return lines.map { fit($0, columns, ellipsis: ellipsis) }
  }
}
