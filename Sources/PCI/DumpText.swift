import Documents
import Primitives

/// The text of `lspci -vvvxxxx`, split into functions and lines, nothing interpreted yet.
struct DumpText {
  /// A line and its number, from 1.
  struct Line {
    let number: Int
    let text: Substring
  }
  /// One function: its header line, the decoded lines (indented) and the hexadecimal ones.
  struct Function {
    let header: Line
    /// `0000` unless the line says otherwise.
    let segment: UInt32
    let address: RequesterID
    /// What follows the address: class, name, revision.
    let title: Substring
    var decoded: [Line] = []
    var hexadecimal: [Line] = []
  }

  private(set) var functions: [Function] = []
  private(set) var lineCount = 0

  /// Lines that are neither (a shell prompt, a blank) are passed over.
  init(_ text: String) {
    // Bytes are quicker to split than characters, and one line after the other takes no memory for those that say nothing.
    var rest = text.utf8[...]
    while !rest.isEmpty {
      let bytes = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest[bytes.endIndex...].dropFirst()
      lineCount += 1
      // A line from another system ends with a carriage return.
      let piece = Substring(bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes)
      let line = Line(number: lineCount, text: piece)
      guard let first = piece.first else { continue }
      if first == " " || first == "\t" {
        if !functions.isEmpty { functions[functions.count - 1].decoded.append(line) }
      } else if let function = Function(header: line) {
        functions.append(function)
      } else if !functions.isEmpty, looksHexadecimal(piece) {
        functions[functions.count - 1].hexadecimal.append(line)
      }
    }
  }
}

extension DumpText.Function {
  /// `e1:00.0 Class 0800: ...` or `0000:e1:00.0 ...`.
  init?(header line: DumpText.Line) {
    guard let space = line.text.firstIndex(of: " ") else { return nil }
    var slot = line.text[..<space]
    var segment: UInt32 = 0
    if slot.count(where: { $0 == ":" }) == 2, let colon = slot.firstIndex(of: ":") {
      guard let value = UInt32(slot[..<colon], radix: 16) else { return nil }
      segment = value
      slot = slot[slot.index(after: colon)...]
    }
    guard slot.count == 7, let address = RequesterID(String(slot)) else { return nil }
    (header, self.segment, self.address) = (line, segment, address)
    title = line.text[space...].dropFirst()
  }

  /// `0000:e1:00.0`, or `10000:e1:00.0` behind another root.
  var name: String { segment == 0 ? address.description : padded(UInt64(segment), 4) + address.description.dropFirst(4) }
}

/// Whether a line at the margin means to be bytes: `40: 01 70 ...`.
private func looksHexadecimal(_ line: Substring) -> Bool {
  guard let colon = line.firstIndex(of: ":") else { return false }
  let offset = line[..<colon]
  return (2...4).contains(offset.count) && offset.allSatisfy(\.isHexDigit)
}

extension DumpText.Line {
  /// Columns of white space in front; a tab counts as eight.
  var indentation: Int {
    var columns = 0
    for character in text {
      if character == "\t" { columns = (columns / 8 + 1) * 8 } else if character == " " { columns += 1 } else { break }
    }
    return columns
  }
  var trimmed: Substring { text.drop { $0 == " " || $0 == "\t" } }
}
