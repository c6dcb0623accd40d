/// The steps of a text chart: a line each, and lines below where something was refused or needs saying.
extension TextPage {
  func phase(_ phase: Phase) -> [String] {
    let name = PlainText.fit(style.clean(phase.name), width, ellipsis: style.ellipsis)
    let title = name.isEmpty || (isCounterexample && chart.phases.count == 1) ? [] : [style.paint(name, .bold)]
    return title + phase.rows.flatMap(row)
  }

  private func row(_ row: Row) -> [String] {
    var line = TextLine(width: width, style: style)
    var rest: [String] = []
    let number = String(row.index)
    line.put(number, at: max(0, 4 - number.count), until: 12, ink: .faint)
    line.put(style.clean(Self.lanes(row)), at: lanes, until: call - 1)
    let says = !below(row).isEmpty && row.mark != .ok
    // The right-hand cell keeps its column if the words leave it room. What does not fit goes below.
    let whole = style.clean(isCounterexample ? row.object ?? row.changes.first?.object ?? "" : Self.aside(row))
    let least = call + min(PlainText.width(style.clean(row.call)), 24) + 2
    let isBelow = !isCounterexample && PlainText.width(whole) > mark - 1 - least
    let right = isBelow ? "" : whole
    let words = style.clean(Self.words(row))
    // Long words push a short cell to the right.
    let latest = mark - 1 - PlainText.width(right), wished = max(aside, call + PlainText.width(words) + 1)
    let start = isCounterexample ? aside : wished <= latest ? wished : min(aside, latest)
    let end = right.isEmpty ? mark - 1 : max(start, least) - 1
    let overflows = call + PlainText.width(words) > end
    line.put(overflows ? style.clean(row.call) : words, at: call, until: end)
    if isCounterexample {
      rest = counterexampleCells(row, right, &line)
    } else {
      line.put(right, at: right.isEmpty ? aside : end + 1, until: mark - 1)
    }
    if !(isCounterexample ? row.mark == .ok || row.mark == .violated : says) {
      line.put(style.sign(row.mark), at: width - 4, ink: style.ink(row.mark))
    }
    let detail = overflows && !row.detail.isEmpty ? wrapped(style.clean(row.detail), at: call + 2) : []
    let aside = isBelow ? wrapped(whole, at: call + 2) : []
    return [line.string] + rest + moreChanges(row) + detail + aside + below(row)
  }

  /// Object and transition side by side; the step that breaks the promise says so instead.
  private func counterexampleCells(_ row: Row, _ object: String, _ line: inout TextLine) -> [String] {
    if row.mark == .violated {
      line.put(style.breaks, at: aside, ink: .alarm)
      return []
    }
    let change = row.changes.first.map { style.clean(Self.transition($0)) } ?? ""
    return pair(object, change, until: row.mark == .ok ? width : mark - 1, &line)
  }

  /// The transition stands in its column where that leaves room for all of it, else as far left as it needs to, else below.
  private func pair(_ object: String, _ transition: String, until end: Int, _ line: inout TextLine) -> [String] {
    let start = end - PlainText.width(transition)
    guard !transition.isEmpty, aside + PlainText.width(object) >= start else {
      line.put(object, at: aside, until: end)
      line.put(transition, at: max(line.used + 1, min(aside + 12, start)), until: end)
      return []
    }
    line.put(object, at: aside, until: end)
    var below = TextLine(width: width, style: style)
    below.put(transition, at: min(aside + 2, max(call, width - PlainText.width(transition))))
    return [below.string]
  }

  /// A counterexample hides nothing: every further change has its own line.
  private func moreChanges(_ row: Row) -> [String] {
    guard isCounterexample else { return [] }
    return row.changes.dropFirst(row.mark == .violated ? 0 : 1).flatMap { change in
      var line = TextLine(width: width, style: style)
      let transition = style.clean(Self.transition(change))
      let rest = pair(style.clean("\(change.object) \(change.field)"), transition, until: width, &line)
      return [line.string] + rest
    }
  }

  /// The refusal, then the remarks.
  private func below(_ row: Row) -> [String] {
    let indent = isCounterexample ? 8 : call
    var lines: [String] = []
    if let refusal = row.refusal {
      let parts = PlainText.wrap(style.clean(refusal.sentence), width - indent - 3, ellipsis: style.ellipsis)
      for (position, part) in parts.enumerated() {
        var line = TextLine(width: width, style: style)
        let sign = row.mark == .ok ? style.sign(.refused) : style.sign(row.mark)
        if position == 0 { line.put(sign, at: indent, ink: style.ink(row.mark == .ok ? .refused : row.mark)) }
        line.put(part, at: max(indent + 2, line.used + 1))
        lines.append(line.string)
      }
      lines += ground(refusal, at: indent + 2)
    }
    let label = row.remarks.reduce(0) { max($0, PlainText.width(style.clean($1.name))) }
    let column = label == 0 ? indent + 2 : min(indent + label + 2, width / 2)
    return lines + row.remarks.flatMap { labelled($0, at: indent, text: column) }
  }

  /// Source and guard on one line if they fit.
  private func ground(_ refusal: Refusal, at indent: Int) -> [String] {
    let parts = [refusal.source, refusal.guardName.map { "guard \($0)" }].compactMap { $0.map(style.clean) }
    let together = parts.joined(separator: "   ")
    if PlainText.width(together) <= width - indent { return parts.isEmpty ? [] : wrapped(together, at: indent) }
    return parts.flatMap { wrapped($0, at: indent) }
  }

  private func wrapped(_ text: String, at indent: Int) -> [String] {
    PlainText.wrap(text, width - indent, ellipsis: style.ellipsis).map {
      var line = TextLine(width: width, style: style)
      line.put($0, at: indent, ink: .faint)
      return line.string
    }
  }
}
