import Rules

/// What an accepted action changed: the input of every effect. Roles read it and move bytes; they refuse nothing.
public struct Effect: Sendable {
  public let changes: [TableWorld.Change]
  public let before: TableWorld
  public let after: TableWorld
  public let law: Law

  public init(changes: [TableWorld.Change], before: TableWorld, after: TableWorld, law: Law) {
    (self.changes, self.before, self.after, self.law) = (changes, before, after, law)
  }

  public func changed(_ field: Field, _ index: Int = 0) -> Bool { changes.contains { $0.field == field && $0.index == index } }
  /// Page `p` of device `d`.
  public func changed(_ field: Field, _ d: UInt8, _ p: UInt8) -> Bool { changed(field, after.pageIndex(d, p)) }
  /// All places at which a field changed, in order.
  public func indices(of field: Field) -> [Int] { changes.filter { $0.field == field }.map(\.index) }
}
