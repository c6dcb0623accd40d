/// The owners of memory in a chart, each with a colour: numbered as they first appear.
package struct PageOwners {
  private(set) var names: [String] = []
  private var numbers: [String: Int] = [:]

  package init(_ chart: Chart) {
    for map in chart.maps { for region in map.regions { add(region.ownership.owner) } }
    for row in chart.rows { for change in row.memory { if let after = change.after { add(after.owner) } } }
  }
  private mutating func add(_ name: String) {
    guard numbers[name] == nil else { return }
    numbers[name] = names.count
    names.append(name)
  }

  func number(_ name: String) -> Int { numbers[name] ?? 0 }
  func swatch(_ name: String) -> String { "<i class=\"swatch o\(number(name) % 10)\"></i>\(HTMLText.escape(name))" }
}

/// What the page's script needs: the beginning, and what each step changes. It adds them up itself, so
/// that a file grows with what happens and not with steps times objects.
package enum PageData {
  package static func json(_ chart: Chart, _ owners: PageOwners) -> String {
    var history = History(beginningOf: chart)
    let objects = HTMLText.json(history.objects.map(object))
    let maps = HTMLText.json(history.maps.map { map(HTMLText.json($0.space), $0, owners) })
    var rows: [String] = []
    for phase in chart.phases {
      for row in phase.rows {
        // The history is asked for splices: positions in the maps as they are before each change.
        let splices = row.memory.map { change in
          let (space, splice) = history.apply(change)
          let regions = HTMLText.json(splice.inserted.map { region($0, owners) })
          return "[\(space),\(HTMLText.json(change.space)),\(splice.at),\(splice.removed),\(regions)]"
        }
        rows.append(self.row(row, phase.name, splices))
      }
    }
    let names = HTMLText.json(owners.names.map { HTMLText.json($0) })
    return "{\"objects\":\(objects),\"maps\":\(maps),\"owners\":\(names),\"rows\":\(HTMLText.json(rows))}"
  }

  private static func object(_ object: ObjectState) -> String {
    "[\(HTMLText.json(object.name)),\(HTMLText.json(object.kind)),\(facts(object.fields))]"
  }

  private static func facts(_ facts: [Fact]) -> String {
    HTMLText.json(facts.map { "[\(HTMLText.json($0.name)),\(HTMLText.json($0.value))]" })
  }

  private static func map(_ name: String, _ map: MemoryMap, _ owners: PageOwners) -> String {
    "[\(name),\(HTMLText.json(map.regions.map { region($0, owners) }))]"
  }

  /// Addresses are text: JavaScript's numbers end at 53 bits.
  private static func region(_ region: Region, _ owners: PageOwners) -> String {
    let attributes = HTMLText.json(region.ownership.attributes.map { HTMLText.json($0) })
    return "[\"0x\(String(region.start, radix: 16))\",\"0x\(String(region.end, radix: 16))\","
      + "\(owners.number(region.ownership.owner)),\(attributes)]"
  }

  private static func row(_ row: Row, _ phase: String, _ splices: [String]) -> String {
    let changes = row.changes.map { change in
      HTMLText.json([change.object, change.field, change.before, change.after].map { HTMLText.json($0) })
    }
    let refusal = row.refusal.map { HTMLText.json([$0.sentence, $0.guardName, $0.source].map { HTMLText.json($0) }) } ?? "null"
    let words = [row.from.rawValue, row.to?.rawValue, row.call, row.detail, row.object].map { HTMLText.json($0) }
    return "{\"n\":\(row.index),\"phase\":\(HTMLText.json(phase)),\"mark\":\"\(row.mark)\",\"words\":\(HTMLText.json(words)),"
      + "\"refusal\":\(refusal),\"remarks\":\(facts(row.remarks)),\"changes\":\(HTMLText.json(changes)),"
      + "\"memory\":\(HTMLText.json(splices))}"
  }
}
