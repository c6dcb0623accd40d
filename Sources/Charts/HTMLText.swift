import Primitives

/// Text for HTML and for JSON inside HTML: cleaned, then escaped, whatever it says.
package enum HTMLText {
  package static func escape(_ text: String) -> String {
    let text = PlainText.clean(text)
    var out = ""
    out.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// A JSON string. What could end a script element or begin a comment is written as a code.
  static func json(_ text: String) -> String {
    var out = "\""
    for scalar in PlainText.clean(text).unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "<": out += "\\u003c"
      case ">": out += "\\u003e"
      case "&": out += "\\u0026"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
  static func json(_ text: String?) -> String { text.map { json($0) } ?? "null" }
  static func json(_ parts: some Sequence<String>) -> String { "[" + parts.joined(separator: ",") + "]" }

  /// 4096 is "4 KiB"; what is no whole number of a unit is said in the next smaller one.
  package static func size(_ bytes: UInt64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var (value, unit) = (bytes, 0)
    while value >= 1024, value % 1024 == 0, unit + 1 < units.count { (value, unit) = (value / 1024, unit + 1) }
    return "\(value) \(units[unit])"
  }

  /// "0x8010_0000 + 16 KiB"
  static func stretch(_ start: UInt64, _ length: UInt64) -> String { "\(hexadecimal(start)) + \(size(length))" }
}
