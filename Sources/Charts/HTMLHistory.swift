/// The lower part of the page: every object from the first step to the last, and who had the memory
/// before and after all of it. It is there without the script, on paper, and for the browser's search.
enum HTMLHistory {
  /// A field's values in order: the step that set it (nil: the beginning), and the value (nil: gone).
  private typealias Course = [(step: Int?, value: String?)]

  static func objects(_ chart: Chart) -> String {
    var objects = History(beginningOf: chart).objects
    var positions: [String: Int] = [:]
    var fields: [[String]] = []
    var courses: [[String: Course]] = []
    for (position, object) in objects.enumerated() {
      positions[object.name] = position
      fields.append(object.fields.map(\.name))
      courses.append(Dictionary(object.fields.map { ($0.name, [(nil, $0.value)]) }, uniquingKeysWith: { first, _ in first }))
    }
    for row in chart.rows {
      for change in row.changes {
        if positions[change.object] == nil {
          guard change.after != nil else { continue }
          positions[change.object] = objects.count
          objects.append(ObjectState(change.object))
          fields.append([])
          courses.append([:])
        }
        guard let position = positions[change.object] else { continue }
        if courses[position][change.field] == nil { fields[position].append(change.field) }
        courses[position][change.field, default: []].append((row.index, change.after))
      }
    }
    guard !objects.isEmpty else { return "" }
    let cards = objects.indices.map { position in
      var seen: Set<String> = []
      let lines = fields[position].filter { seen.insert($0).inserted }.map { field in
        "<tr><th>\(HTMLText.escape(field))</th><td>\(course(courses[position][field] ?? []))</td></tr>"
      }
      let kind = objects[position].kind.isEmpty ? "" : " <small>\(HTMLText.escape(objects[position].kind))</small>"
      return "<article><h3>\(HTMLText.escape(objects[position].name))\(kind)</h3><table>\(lines.joined())</table></article>"
    }
    return """
      <section class="all"><h2>Every object, first step to last</h2>
      <div class="cards">\(cards.joined(separator: "\n"))</div></section>
      """
  }

  private static func course(_ course: Course) -> String {
    course.map { step, value in
      let text = HTMLText.escape(value ?? "–")
      let link = step.map { "→ <a href=\"#step=\($0)\" title=\"step \($0)\">\($0)</a> " } ?? ""
      return "<p>\(link)<span>\(text)</span></p>"
    }.joined(separator: " ")
  }

  static func memory(_ chart: Chart, _ owners: PageOwners) -> String {
    let first = History(beginningOf: chart).maps
    let last = History(endOf: chart).maps
    guard !last.isEmpty else { return "" }
    let spaces = last.map { map in
      let before = first.first { $0.space == map.space } ?? MemoryMap(map.space)
      let tables =
        before == map ? table("before and after", map, owners) : table("before", before, owners) + table("after", map, owners)
      return "<article><h3>\(HTMLText.escape(map.space))</h3>\(tables)</article>"
    }
    return """
      <section class="all"><h2>Memory, before the first step and after the last</h2>
      <div class="spaces">\(spaces.joined(separator: "\n"))</div></section>
      """
  }

  private static func table(_ caption: String, _ map: MemoryMap, _ owners: PageOwners) -> String {
    let lines = map.regions.map { region in
      let attributes = region.ownership.attributes.map(HTMLText.escape).joined(separator: ", ")
      return "<tr><td>\(HTMLText.stretch(region.start, region.length))</td><td>\(owners.swatch(region.ownership.owner))</td>"
        + "<td>\(attributes)</td></tr>"
    }
    let body = lines.isEmpty ? "<tr><td>nobody has any of it</td></tr>" : lines.joined()
    return "<table class=\"map\"><caption>\(caption)</caption>\(body)</table>"
  }
}
