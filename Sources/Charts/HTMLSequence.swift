/// The left side: lanes as columns, a row a step, phases that fold.
struct HTMLSequence {
  let chart: Chart
  let lanes: [Lane]
  private let columns: [Lane: Int]

  init(_ chart: Chart) {
    self.chart = chart
    lanes = chart.lanes
    columns = Dictionary(uniqueKeysWithValues: lanes.enumerated().map { ($0.element, $0.offset) })
  }

  var html: String {
    let names = lanes.map { lane in
      let instance = lane.instance.map { "<small>\(HTMLText.escape($0.replacing("0000:", with: "")))</small>" } ?? ""
      return "<span title=\"\(HTMLText.escape(lane.rawValue))\">\(HTMLText.escape(lane.kind))\(instance)</span>"
    }
    return """
      <section class="chart" aria-label="The steps">
      <div class="lanes" aria-hidden="true"><i></i><div>\(names.joined())</div><i></i></div>
      \(chart.phases.filter { !$0.rows.isEmpty }.map(phase).joined(separator: "\n"))
      </section>
      """
  }

  private func phase(_ phase: Phase) -> String {
    let marks = Mark.allCases.filter { $0 != .ok }.compactMap { mark -> String? in
      let count = phase.rows.count { $0.mark == mark }
      return count == 0 ? nil : "<span class=\"\(mark)\">\(HTMLChart.sign(mark)) \(count) \(mark)</span>"
    }
    return """
      <details class="phase" open>
      <summary><b>\(HTMLText.escape(phase.name))</b><span>\(phase.rows.count == 1 ? "1 step" : "\(phase.rows.count) steps")</span>\
      \(marks.joined())</summary>
      <ol>
      \(phase.rows.map(row).joined(separator: "\n"))
      </ol>
      </details>
      """
  }

  /// The label stands over its arrow, begins at the end that leaves it more room, and may run past it.
  private func row(_ row: Row) -> String {
    let from = columns[row.from] ?? 0
    let to = row.to.flatMap { columns[$0] } ?? from
    let (low, high) = (min(from, to), max(from, to))
    let leansRight = low + high > lanes.count - 1
    let text = leansRight ? span(0, high) + "class=\"right " : span(low, lanes.count - 1) + "class=\"left "
    let arrow = from == to ? "here" : from < to ? "forth" : "back"
    let object = row.object.map { "<em>\(HTMLText.escape($0))</em>" } ?? ""
    let below = below(row).map { "<p \(text)\($0.0)\">\($0.1)</p>" }
    return """
      <li class="row \(row.mark)" id="step=\(row.index)">\
      <a class="number" href="#step=\(row.index)" title="\(HTMLText.escape(path(row)))">\(row.index)</a>\
      <div class="track"><p \(text)label"><b>\(HTMLText.escape(row.call))</b>\
      <span>\(HTMLText.escape(row.detail))</span>\(object)</p>\
      <i \(span(low, high))class="arrow \(arrow)"></i>\(below.joined())</div>\
      <span class="mark" title="\(row.mark)">\(HTMLChart.sign(row.mark))</span></li>
      """
  }

  private func path(_ row: Row) -> String { row.to.map { "\(row.from) → \($0)" } ?? row.from.rawValue }

  /// Grid columns as the style sheet takes them: first, one past the last, how many.
  private func span(_ low: Int, _ high: Int) -> String {
    "style=\"--a:\(low + 1);--b:\(high + 2);--s:\(high - low + 1)\" "
  }

  /// Class and content of the small lines under an arrow.
  private func below(_ row: Row) -> [(String, String)] {
    var lines: [(String, String)] = []
    if row.mark == .violated { lines.append(("breaks", "◀ breaks it")) }
    if let refusal = row.refusal {
      lines.append(("refusal", HTMLText.escape(refusal.sentence)))
      let ground = [refusal.source, refusal.guardName.map { "guard \($0)" }].compactMap { $0.map(HTMLText.escape) }
      if !ground.isEmpty { lines.append(("ground", ground.joined(separator: " · "))) }
    }
    lines += row.remarks.map {
      ("remark", [$0.name, $0.value].filter { !$0.isEmpty }.map(HTMLText.escape).joined(separator: ": "))
    }
    lines += row.changes.map { change in
      let object = change.object == row.object ? "" : HTMLText.escape(change.object) + " "
      return ("change", "\(object)<q>\(HTMLText.escape(change.field))</q> \(transition(change.before, change.after))")
    }
    return lines
      + row.memory.map { change in
        let place = "\(change.space) \(HTMLText.stretch(change.start, change.length))"
        return ("change", "\(HTMLText.escape(place)) \(transition(words(change.before), words(change.after)))")
      }
  }

  private func words(_ ownership: Ownership?) -> String {
    ownership.map { ([$0.owner] + $0.attributes).joined(separator: ", ") } ?? "nobody"
  }
  private func transition(_ before: String?, _ after: String?) -> String {
    "<s>\(HTMLText.escape(before ?? "–"))</s> → <b>\(HTMLText.escape(after ?? "–"))</b>"
  }
}
