/// Tables as one HTML file that loads nothing and runs nothing.
public enum HTMLTables {
  /// - Throws: `ChartError` if the style is not beside the program.
  public static func render(_ page: TablePage) throws(ChartError) -> String {
    let style = try PageFiles.text("chart.css") + PageFiles.text("tables.css")
    let mark = page.headline.map { "<p class=\"\($0.mark) lead\">\(HTMLChart.sign($0.mark)) \(HTMLText.escape($0.text))</p>" } ?? ""
    let aside = (page.headline?.aside ?? []).map { "<li>\(HTMLText.escape($0))</li>" }.joined()
    let facts = page.facts.map { "<div><dt>\(HTMLText.escape($0.name))</dt><dd>\(HTMLText.escape($0.value))</dd></div>" }.joined()
    let body = """
      <body>
      <header class="top">
      <h1>\(HTMLText.escape(page.title))</h1>
      <dl class="facts">\(facts)</dl>
      \(mark)\(aside.isEmpty ? "" : "<ul class=\"asides\">\(aside)</ul>")
      </header>
      <main class="tables">
      \(page.tables.map(render).joined(separator: "\n"))
      </main>
      <footer><p class="result">\(HTMLText.escape(page.resultLine))</p></footer>
      </body>
      """
    return HTMLPage.render(title: page.title, style: style, body: body)
  }

  private static func render(_ table: Table) -> String {
    let captions = table.captions.map { "<p>\(HTMLText.escape($0))</p>" }.joined()
    let head = table.columns.map { "<th scope=\"col\"><span>\(HTMLText.escape($0))</span></th>" }.joined()
    let rows = table.rows.map { "<tr>" + $0.enumerated().map { cell($1, isFirst: $0 == 0) }.joined() + "</tr>" }
    return """
      <section>
      <h2>\(HTMLText.escape(table.title))</h2>
      \(captions)
      <div class="sheet"><table>
      \(head.isEmpty ? "" : "<thead><tr>\(head)</tr></thead>")
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></div>
      </section>
      """
  }

  private static func cell(_ cell: Table.Cell, isFirst: Bool) -> String {
    let name = isFirst ? "th scope=\"row\"" : "td"
    let tone = cell.mark.map { " class=\"\($0)\"" } ?? ""
    let detail = cell.detail.isEmpty ? "" : " title=\"\(HTMLText.escape(cell.detail))\""
    return "<\(name)\(tone)\(detail)>\(HTMLText.escape(cell.text))</\(isFirst ? "th" : "td")>"
  }
}
