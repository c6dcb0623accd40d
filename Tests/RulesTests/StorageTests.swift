import Models
import Primitives
import Rules
import Testing

/// The explorer's packed words and the machine's tables: one set of rules, played on both.
@Suite struct StorageTests {
  /// The first field in which the two differ.
  private func difference(_ packed: PackedWorld, _ table: TableWorld) -> String? {
    let pages = Int(table.bounds.pages)
    for field in Field.allCases {
      for i in 0..<table.bounds.count(along: field.axis) {
        let j = field.axis == .page ? packed.pageIndex(UInt8(i / pages), UInt8(i % pages)) : i
        if packed[field, j] != table[field, i] { return "\(field)[\(i)]: \(packed[field, j]) and \(table[field, i])" }
      }
    }
    return nil
  }

  @Test(arguments: Cast.allCases, someWorlds) func bothAgree(cast: Cast, bounds: Bounds) throws {
    var book = try rulebook(bounds: bounds)
    var packed = PackedWorld(), table = TableWorld(bounds: bounds)
    let prologues = (try packed.setUp(book), try table.setUp(book))
    #expect(prologues.0 == prologues.1)
    book.cast = cast
    let actions = everyAction(bounds), start = (packed, table)
    var random = SeededRandom(seed: UInt64(cast.code) << 8 | UInt64(bounds.pages))
    var changes = 0
    for step in 0..<3000 {
      if step % 600 == 599 { (packed, table) = start }
      let action = nextAction(actions, &random)
      let outcome = packed.perform(action, book)
      guard table.perform(action, book) == outcome else {
        Issue.record("step \(step), \(action): \(outcome)")
        return
      }
      if outcome.changesTheWorld { changes += 1 }
      if let difference = difference(packed, table) {
        Issue.record("step \(step), \(action): \(difference)")
        return
      }
      #expect(packed.brokenProperty(book) == table.brokenProperty(book))
    }
    #expect(changes > 60)
  }

  /// What the journal hands over is the difference of the worlds before and after.
  @Test func theJournalIsTheDifference() throws {
    let bounds = someWorlds[2], book = try rulebook(bounds: someWorlds[2])
    var world = TableWorld(bounds: bounds)
    try setUp(&world, book)
    _ = world.takeJournal()
    var random = SeededRandom(seed: 5)
    let actions = everyAction(bounds)
    for _ in 0..<300 {
      let before = world
      for _ in 0..<4 { _ = world.perform(nextAction(actions, &random), book) }
      let journal = world.takeJournal()
      #expect(world.journal.isEmpty)
      var replayed = before
      for change in journal {
        #expect(replayed[change.field, change.index] == change.before && change.before != change.after)
        replayed[change.field, change.index] = change.after
      }
      #expect(replayed == world)
      #expect(Set(journal.map { [Int($0.field.rawValue), $0.index] }).count == journal.count)
    }
  }

  @Test func theSetUpIsAReplay() throws {
    let book = try rulebook()
    var world = PackedWorld(), again = TableWorld(bounds: book.bounds)
    let actions = try setUp(&world, book)
    again.begin()
    for action in actions { #expect(again.perform(action, book) == .accepted) }
    #expect(difference(world, again) == nil)
    #expect(world.vcpu == .insideCurrent && world.flag(.isOpen) && world.flag(.slot) && world.flag(.bufferIsExported))
    #expect(world.brokenProperty(book) == nil)
  }
}
