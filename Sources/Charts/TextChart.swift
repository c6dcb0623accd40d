/// A chart as text for a mail or a terminal: no line wider than asked, except the result line, which is
/// for machines and stays whole.
public enum TextChart {
  /// The narrowest chart that can still be read; narrower wishes are rounded up to it.
  public static let narrowest = 40

  public static func render(_ chart: Chart, width: Int = 80, style: TextStyle = .plain) -> String {
    let page = TextPage(chart, width: max(narrowest, width), style: style)
    var lines = chart.headline.map(page.counterexampleHead) ?? page.runHead()
    for phase in chart.phases { lines += page.phase(phase) }
    lines += page.notes(chart.notes)
    lines.append(style.clean(chart.resultLine))
    return lines.joined(separator: "\n") + "\n"
  }
}

/// The columns that fit this chart, and its lines.
struct TextPage {
  let chart: Chart
  let width: Int
  let style: TextStyle
  let isCounterexample: Bool
  /// Columns at which the lanes, the call and the right-hand cell begin, and where the mark stands.
  let lanes = 6
  let call: Int
  let aside: Int
  let mark: Int

  init(_ chart: Chart, width: Int, style: TextStyle) {
    (self.chart, self.width, self.style) = (chart, width, style)
    isCounterexample = chart.headline != nil
    let rows = chart.rows
    func widest(_ cell: (Row) -> String) -> Int { rows.reduce(0) { max($0, PlainText.width(style.clean(cell($1)))) } }
    mark = width - 4
    let lanesWidth = min(max(widest(Self.lanes), isCounterexample ? 7 : 12), width * 3 / 10)
    call = lanes + lanesWidth + 2
    let asideWidth = min(max(widest { Self.aside($0) }, 12), (mark - call) * 2 / 5)
    let callWidth = widest { Self.words($0) }
    aside = min(mark - 1 - asideWidth, isCounterexample ? max(call + min(callWidth, 24) + 2, call + 12) : mark)
  }

  /// "tsm → device:02:00.0": PCI's segment zero is left out, as lspci does.
  static func lanes(_ row: Row) -> String {
    func short(_ lane: Lane) -> String { lane.rawValue.replacing(":0000:", with: ":") }
    return row.to.map { "\(short(row.from)) → \(short($0))" } ?? short(row.from)
  }
  static func words(_ row: Row) -> String { row.detail.isEmpty ? row.call : "\(row.call)  \(row.detail)" }
  static func transition(_ change: Change) -> String { "\(change.before ?? "–") → \(change.after ?? "–")" }
  static func aside(_ row: Row) -> String { row.object ?? row.changes.first.map(transition) ?? "" }

  private func line() -> TextLine { TextLine(width: width, style: style) }
  private var rule: String { String(repeating: style.rule, count: width - 2) }

  /// The title, then the header's facts, filling as many lines as they need.
  func runHead() -> [String] { flow(style.clean(chart.title), ink: .bold, chart.header, indent: 0) + [rule] }

  /// The broken promise and its identity, then what it was found in.
  func counterexampleHead(_ headline: Headline) -> [String] {
    let sign = style.sign(headline.mark)
    let right = headline.aside.map(style.clean).joined(separator: "   ")
    let left = "\(sign) \(style.clean(headline.text))"
    var lines: [String] = []
    var first = line()
    if PlainText.width(left) + 2 + PlainText.width(right) <= width {
      first.put(left, at: 0, ink: style.ink(headline.mark))
      first.put(right, at: width - PlainText.width(right))
      lines = [first.string]
    } else {
      lines = PlainText.wrap(left, width, ellipsis: style.ellipsis).map { style.paint($0, style.ink(headline.mark)) }
      if !right.isEmpty { lines.append("  " + PlainText.fit(right, width - 2, ellipsis: style.ellipsis)) }
    }
    return lines + flow(style.clean(chart.title), ink: nil, chart.header, indent: 2) + [""]
  }

  private func flow(_ title: String, ink: TextStyle.Ink?, _ facts: [Fact], indent: Int) -> [String] {
    var lines: [String] = []
    var current = line()
    current.put(title, at: indent, ink: ink)
    for fact in facts {
      let cell = style.clean(fact.name.isEmpty ? fact.value : "\(fact.name) \(fact.value)")
      if current.used + 3 + PlainText.width(cell) > width, !current.isEmpty {
        lines.append(current.string)
        current = line()
      }
      current.put(cell, at: current.isEmpty ? indent + 2 : current.used + 3)
    }
    return lines + [current.string]
  }

  /// Digests and advice. In a run they stand between the steps and a closing rule.
  func notes(_ notes: [Fact]) -> [String] {
    let label = notes.reduce(0) { max($0, PlainText.width(style.clean($1.name))) }
    let column = label == 0 ? 2 : min(label + 4, width / 3)
    var lines = notes.flatMap { labelled($0, at: 2, text: column) }
    if !isCounterexample { lines.append(rule) }
    return lines
  }

  /// A label, and its text wrapped beside it; below it, if a word (a digest) is too long to stand there.
  func labelled(_ fact: Fact, at indent: Int, text column: Int) -> [String] {
    let value = style.clean(fact.value)
    if !fact.name.isEmpty, value.split(separator: " ").contains(where: { PlainText.width(String($0)) > width - column }) {
      var label = line()
      label.put(style.clean(fact.name), at: indent, ink: .faint)
      return [label.string] + labelled(Fact("", value), at: indent, text: indent + 2)
    }
    let parts = PlainText.wrap(value, width - column, ellipsis: style.ellipsis)
    return (parts.isEmpty ? [""] : parts).enumerated().map { position, part in
      var current = line()
      if position == 0 { current.put(style.clean(fact.name), at: indent, until: column - 1, ink: .faint) }
      current.put(part, at: column)
      return current.string
    }
  }
}
