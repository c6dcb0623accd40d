/// A world in tables: one row a field, as many columns as its axis has places. The machine's storage, and the storage of replays
/// too large for packed words.
///
/// Every change is noted in a journal, so that whoever performs the effect of an accepted action, and whoever draws it,
/// need not guess what it was. Not thread-safe: a value, owned by one run.
public struct TableWorld: Stage, Hashable, Sendable {
  /// One stored value that an action changed.
  public struct Change: Hashable, Sendable {
    public let field: Field, index: Int
    public let before: UInt16, after: UInt16
  }

  public let bounds: Bounds
  private var rows: [[UInt16]]
  /// What changed since the journal was last emptied, in order.
  public private(set) var journal: [Change] = []

  public init(bounds: Bounds) {
    self.bounds = bounds
    rows = Field.allCases.map { [UInt16](repeating: 0, count: bounds.count(along: $0.axis)) }
  }

  public subscript(_ field: Field, _ index: Int) -> UInt16 {
    get { rows[Int(field.rawValue)][index] }
    set {
      let before = rows[Int(field.rawValue)][index]
      guard before != newValue else { return }
      rows[Int(field.rawValue)][index] = newValue
      journal.append(Change(field: field, index: index, before: before, after: newValue))
    }
  }

  public func pageIndex(_ device: UInt8, _ page: UInt8) -> Int { Int(device) * Int(bounds.pages) + Int(page) }

  /// Hands over the journal, net of what was changed back, and starts a new one.
  public mutating func takeJournal() -> [Change] {
    var net: [Change] = []
    for change in journal {
      if let i = net.firstIndex(where: { $0.field == change.field && $0.index == change.index }) {
        net[i] = Change(field: change.field, index: change.index, before: net[i].before, after: change.after)
      } else {
        net.append(change)
      }
    }
    journal = []
    return net.filter { $0.before != $0.after }
  }

  public static func == (a: Self, b: Self) -> Bool { a.bounds == b.bounds && a.rows == b.rows }
  public func hash(into hasher: inout Hasher) { hasher.combine(rows) }
}
