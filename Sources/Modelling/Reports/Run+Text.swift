extension Run: CustomStringConvertible {
  /// What is there at the beginning, and then for every step what it changed.
  public var description: String {
    var page = TextLines()
    print(to: &page)
    return page.text
  }

  func print(to page: inout TextLines) {
    let rows = rows
    let actionWidth = min(rows.map { $0.isHeading ? 0 : $0.action.count }.max() ?? 0, 24)
    let fieldWidth = min(rows.map(\.field.count).max() ?? 0, 24)
    for row in rows {
      if row.isHeading {
        page.add("      " + row.action)
      } else {
        let number = String(repeating: " ", count: max(4 - row.number.count, 0)) + row.number
        page.add(cells: [(number, 4), (row.action, actionWidth), (row.field, fieldWidth)], row.value)
      }
    }
  }

  private struct Row {
    var number = "", action = "", field = "", value = ""
    var isHeading = false
  }

  private var rows: [Row] {
    var rows = beginning.enumerated().map { i, place in
      Row(action: i == 0 ? "initially" : "", field: title(place), value: "\(place.value)")
    }
    for (i, step) in steps.enumerated() {
      if end == .repeats(from: i) { rows.append(Row(action: "from here on, for ever:", isHeading: true)) }
      let cells = step.cells
      for (line, cell) in cells.enumerated() {
        rows.append(
          Row(number: line == 0 ? "\(i + 1)" : "", action: line == 0 ? step.action : "", field: cell.field, value: cell.value))
      }
    }
    if end == .standsStill { rows.append(Row(action: "from here on, nothing happens any more", isHeading: true)) }
    return rows
  }

  private func title(_ place: Start) -> String {
    guard let count = place.count else { return place.field }
    return place.field + (count == 1 ? "[0]" : "[0...\(count - 1)]")
  }
}

extension Run.Step {
  fileprivate var cells: [(field: String, value: String)] {
    if let refused {
      let number = refused.number.map(String.init) ?? "another value"
      return [(indexed(refused.field, refused.index), "\(number) is not one of \(refused.range)")]
    }
    if changes.isEmpty { return [("", "changes nothing")] }
    return changes.map { (indexed($0.field, $0.index), "\($0.before) → \($0.after)") }
  }
}

private func indexed(_ field: String, _ index: Int?) -> String { index.map { "\(field)[\($0)]" } ?? field }
