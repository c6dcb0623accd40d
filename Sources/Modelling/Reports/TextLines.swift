/// Lines of at most 80 columns, where words allow it.
struct TextLines {
  static let width = 80
  private(set) var lines: [String] = []

  var text: String { lines.joined(separator: "\n") }

  mutating func add(_ line: String = "") { lines.append(line) }

  /// A paragraph that begins with `head` and goes on below the place where the head ends.
  mutating func add(_ head: String, _ words: String) {
    let indent = String(repeating: " ", count: head.count)
    var line = head
    var isEmpty = true
    for word in words.split(separator: " ") {
      if !isEmpty, line.count + 1 + word.count > Self.width {
        lines.append(line)
        (line, isEmpty) = (indent, true)
      }
      line += isEmpty ? word : " " + word
      isEmpty = false
    }
    lines.append(line)
  }

  /// Cells side by side, each as wide as is said, the last as wide as it is.
  mutating func add(cells: [(text: String, width: Int)], _ last: String) {
    var line = ""
    for cell in cells { line += padded(cell.text, cell.width) + "  " }
    line += last
    if line.count <= Self.width { return lines.append(line) }
    lines.append(String(line.dropLast(last.count + 2)))
    lines.append(String(repeating: " ", count: max(Self.width - last.count, 6)) + last)
  }
}

/// The text with spaces behind it, to so many characters.
func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(width - text.count, 0)) }

/// `1 step`, `2 steps`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
