/// One line under construction: cells put at columns, never beyond the width, colour not counted.
struct TextLine {
  let width: Int
  let style: TextStyle
  private(set) var used = 0
  private var text = ""

  init(width: Int, style: TextStyle) { (self.width, self.style) = (width, style) }

  /// Puts cleaned text at a column, or one space after what is already there.
  mutating func put(_ cell: String, at column: Int, until end: Int? = nil, ink: TextStyle.Ink? = nil) {
    guard !cell.isEmpty else { return }
    let start = max(column, used == 0 ? 0 : used + 1)
    let cell = PlainText.fit(cell, min(end ?? width, width) - start, ellipsis: style.ellipsis)
    guard !cell.isEmpty else { return }
    text += String(repeating: " ", count: start - used) + style.paint(cell, ink)
    used = start + PlainText.width(cell)
  }

  var isEmpty: Bool { used == 0 }
  var string: String { text }
}
