/// A chart as a Mermaid sequence diagram, for documents and issue trackers.
public enum MermaidChart {
  public static func render(_ chart: Chart) -> String {
    let lanes = chart.lanes
    var names: [Lane: String] = [:]
    var lines = ["sequenceDiagram"]
    lines.append("  title \(escape((chart.headline.map { "✗ \($0.text): " } ?? "") + chart.title))")
    for (position, lane) in lanes.enumerated() {
      names[lane] = "p\(position)"
      lines.append("  participant p\(position) as \(escape(lane.rawValue))")
    }
    let everyone = lanes.count > 1 ? "p0,p\(lanes.count - 1)" : "p0"
    if !lanes.isEmpty, !chart.header.isEmpty {
      lines.append("  Note over \(everyone): \(escape(chart.header.map { "\($0.name) \($0.value)" }.joined(separator: "; ")))")
    }
    for (number, phase) in chart.phases.enumerated() where !phase.rows.isEmpty {
      // Half-transparent, so that the bands work on a light and on a dark page.
      lines.append("  rect rgba(128, 128, 160, \(number % 2 == 0 ? "0.10" : "0.18"))")
      if !phase.name.isEmpty { lines.append("    Note over \(everyone): \(escape(phase.name))") }
      for row in phase.rows { lines += step(row, names) }
      lines.append("  end")
    }
    if !lanes.isEmpty { lines.append("  Note over \(everyone): \(escape(chart.resultLine))") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What has no sequence that could be drawn: the text as comments, and a diagram that says what it came to.
  public static func note(_ title: String, _ line: String, below text: String) -> String {
    let comments = text.split(separator: "\n").map { "%% " + PlainText.clean(String($0)) }
    let diagram = ["sequenceDiagram", "  participant p0 as \(escape(title))", "  Note over p0: \(escape(line))"]
    return (comments + diagram).joined(separator: "\n") + "\n"
  }

  private static func step(_ row: Row, _ names: [Lane: String]) -> [String] {
    let from = names[row.from] ?? "p0"
    let to = row.to.flatMap { names[$0] } ?? from
    var words = ["\(row.index)", row.call, row.detail].filter { !$0.isEmpty }.joined(separator: " ")
    if row.to == nil, let object = row.object { words += " (\(object))" }
    var lines = ["    \(from)\(arrow(row.mark))\(to): \(escape(words))"]
    let said = below(row)
    if !said.isEmpty {
      lines.append("    Note over \(from == to ? from : "\(from),\(to)"): \(said.map(escape).joined(separator: "<br/>"))")
    }
    return lines
  }

  private static func arrow(_ mark: Mark) -> String {
    switch mark {
    case .ok: "->>"
    case .ignored: "--)"
    case .refused, .fault: "-x"
    case .violated: "--x"
    }
  }

  private static func below(_ row: Row) -> [String] {
    var lines = row.mark == .violated ? ["◀ breaks it"] : []
    if let refusal = row.refusal {
      lines.append("✗ \(refusal.sentence)")
      lines += [refusal.source, refusal.guardName.map { "guard \($0)" }].compactMap { $0 }
    }
    lines += row.remarks.map { $0.name.isEmpty ? $0.value : "\($0.name): \($0.value)" }
    return lines + row.changes.map { "\($0.object) \($0.field): \($0.before ?? "–") → \($0.after ?? "–")" }
  }

  /// Mermaid has no quoting in messages, only character codes. Coded are what ends a statement (`;`),
  /// what begins a code (`#`), comments and directives (`%`, braces), HTML, mathematics (`$`) and
  /// Markdown, and the first letter of `end`, which closes a block even inside a message.
  package static func escape(_ text: String) -> String {
    var out = ""
    var word = ""
    func code(_ scalar: Unicode.Scalar) -> String { "#\(scalar.value);" }
    func flush() {
      out += word.lowercased() == "end" ? code(word.unicodeScalars[word.unicodeScalars.startIndex]) + word.dropFirst() : word
      word = ""
    }
    for scalar in PlainText.clean(text).unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z": word.unicodeScalars.append(scalar)
      case ";", "#", "%", "{", "}", "<", ">", "&", "\"", "$", "`", "\\", "[", "]", "*", "~", "|":
        flush()
        out += code(scalar)
      default:
        flush()
        out.unicodeScalars.append(scalar)
      }
    }
    flush()
    // An empty message is a syntax error; a zero-width space is not empty.
    return out.allSatisfy(\.isWhitespace) ? "#8203;" : out
  }
}
