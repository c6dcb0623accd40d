/// Tables as text for a terminal, a mail or a document. The line for machines is whoever calls it's to print.
public enum TextTables {
  public static func render(_ page: TablePage, width: Int = 80, style: TextStyle = .plain) -> String {
    var lines = [style.paint(style.clean(page.title), .bold)]
    if let headline = page.headline {
      lines.append(style.paint("\(style.sign(headline.mark)) \(style.clean(headline.text))", style.ink(headline.mark)))
      lines += headline.aside.flatMap { wrapped($0, width, style, indent: 2) }
    }
    for fact in page.facts { lines += wrapped("\(fact.name)  \(fact.value)", width, style, indent: 0) }
    for table in page.tables { lines += [""] + render(table, width, style) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func wrapped(_ text: String, _ width: Int, _ style: TextStyle, indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    return PlainText.wrap(style.clean(text), width - indent, ellipsis: style.ellipsis).map { margin + $0 }
  }

  /// Columns are as wide as their widest cell; the first gives way where all of them do not fit.
  private static func render(_ table: Table, _ width: Int, _ style: TextStyle) -> [String] {
    var lines = [style.paint(style.clean(table.title), .bold)]
    lines += table.captions.flatMap { wrapped($0, width, style, indent: 0) }
    let cells = (table.columns.isEmpty ? [] : [table.columns]) + table.rows.map { $0.map(\.text) }
    var widths = (0..<(cells.map(\.count).max() ?? 0)).map { column in
      cells.reduce(0) { max($0, column < $1.count ? PlainText.width(style.clean($1[column])) : 0) }
    }
    guard !widths.isEmpty else { return lines }
    let excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
    if excess > 0 { widths[0] = max(8, widths[0] - excess) }
    func line(_ row: [Table.Cell], _ ink: TextStyle.Ink? = nil) -> String {
      var line = TextLine(width: width, style: style), column = 0
      for (cell, room) in zip(row, widths) {
        line.put(style.clean(cell.text), at: column, until: column + room, ink: cell.mark.map(style.ink) ?? ink)
        column += room + 2
      }
      return line.string
    }
    if !table.columns.isEmpty { lines.append(line(table.columns.map { Table.Cell($0) }, .faint)) }
    return lines + table.rows.map { line($0) }
  }
}
