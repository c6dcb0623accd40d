/// A chart as one HTML file that loads nothing: the sequence on the left, and on the right what the
/// selected step changed, in what state everything is, and who has the memory.
///
/// The rows, the history of every object, and the first and last memory maps are written out, so that
/// the file can be read, searched and printed without JavaScript; the script only adds selection and
/// adds up the steps in between.
public enum HTMLChart {
  /// - Throws: `ChartError` if the page's own files are not beside the program.
  public static func render(_ chart: Chart) throws(ChartError) -> String {
    let style = try PageFiles.text("chart.css")
    let script = try PageFiles.text("chart.js")
    let owners = PageOwners(chart)
    let sequence = HTMLSequence(chart)
    let body = """
      <body style="--lanes:\(max(1, sequence.lanes.count))">
      \(head(chart))
      <main>
      \(sequence.html)
      <aside id="panel" aria-live="polite" aria-label="The selected step"></aside>
      </main>
      \(HTMLHistory.objects(chart))
      \(HTMLHistory.memory(chart, owners))
      \(foot(chart))
      <script type="application/json" id="history">\(PageData.json(chart, owners))</script>
      <script>
      \(script)</script>
      </body>
      """
    let title = (chart.headline.map { "✗ \($0.text) · " } ?? "") + chart.title
    return HTMLPage.render(title: title, style: style, runsItsOwnScript: true, body: body)
  }

  private static func head(_ chart: Chart) -> String {
    let facts = chart.header.map { fact in
      let name = fact.name.isEmpty ? "" : "<dt>\(HTMLText.escape(fact.name))</dt>"
      return "<div>\(name)<dd>\(HTMLText.escape(fact.value))</dd></div>"
    }
    let counts = Mark.allCases.map { mark in (mark, chart.rows.count { $0.mark == mark }) }
    let legend = counts.filter { $0.1 > 0 }.map { "<li class=\"\($0.0)\"><b>\(sign($0.0))</b> \($0.1) \($0.0)</li>" }
    let title = HTMLText.escape(chart.title)
    var top = "<h1>\(title)</h1>"
    if let headline = chart.headline {
      let aside = headline.aside.map { "<span>\(HTMLText.escape($0))</span>" }.joined()
      top = """
        <h1 class="\(headline.mark)"><b>\(sign(headline.mark))</b> \(HTMLText.escape(headline.text))</h1>
        <p class="under">\(title)\(aside)</p>
        """
    }
    return """
      <header class="top">
      \(top)
      <dl class="facts">\(facts.joined())</dl>
      <ul class="legend">\(legend.joined())</ul>
      </header>
      """
  }

  private static func foot(_ chart: Chart) -> String {
    let notes = chart.notes.map { note in
      "<div><dt>\(HTMLText.escape(note.name))</dt><dd>\(HTMLText.escape(note.value))</dd></div>"
    }
    return """
      <footer>
      <dl class="notes">\(notes.joined())</dl>
      <p class="result">\(HTMLText.escape(chart.resultLine))</p>
      </footer>
      """
  }

  static func sign(_ mark: Mark) -> String { TextStyle.plain.sign(mark) }
}
