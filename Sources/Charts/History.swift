/// The state of everything after a step: the chart's beginning, and the changes up to it.
public struct History: Hashable, Sendable {
  public private(set) var objects: [ObjectState]
  public private(set) var maps: [MemoryMap]
  private var positions: [String: Int] = [:]

  /// Before the first step.
  public init(beginningOf chart: Chart) {
    objects = []
    maps = chart.maps
    for object in chart.objects where positions[object.name] == nil {
      positions[object.name] = objects.count
      objects.append(object)
    }
  }

  /// The last state of a chart.
  public init(endOf chart: Chart) {
    self.init(beginningOf: chart)
    for row in chart.rows { apply(row) }
  }

  public mutating func apply(_ row: Row) {
    for change in row.changes { apply(change) }
    for change in row.memory { apply(change) }
  }

  private mutating func apply(_ change: Change) {
    guard let position = positions[change.object] else {
      guard let after = change.after else { return }
      positions[change.object] = objects.count
      objects.append(ObjectState(change.object, fields: [Fact(change.field, after)]))
      return
    }
    let field = objects[position].fields.firstIndex { $0.name == change.field }
    switch (field, change.after) {
    case (let field?, let after?): objects[position].fields[field].value = after
    case (nil, let after?): objects[position].fields.append(Fact(change.field, after))
    case (let field?, nil): objects[position].fields.remove(at: field)
    case (nil, nil): break
    }
  }

  /// Where the change landed: which space, and what it replaced there.
  @discardableResult
  mutating func apply(_ change: MemoryChange) -> (space: Int, splice: MapSplice) {
    let space = maps.firstIndex { $0.space == change.space } ?? maps.count
    if space == maps.count { maps.append(MemoryMap(change.space)) }
    return (space, maps[space].paint(change.start, change.length, change.after))
  }
}
