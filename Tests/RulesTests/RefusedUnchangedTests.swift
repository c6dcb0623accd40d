import Models
import Primitives
import Rules
import Testing

/// "Refused: nothing changed." The explorer leaves such steps out, and the machine performs no effect for them.
@Suite struct RefusedUnchangedTests {
  @Test(arguments: Cast.allCases) func inReachableStates(cast: Cast) throws {
    var book = try rulebook()
    var initial = PackedWorld()
    try setUp(&initial, book)
    book.cast = cast
    let actions = everyAction(book.bounds)
    var seen: Set<PackedWorld> = [initial], queue = [initial], head = 0
    while head < queue.count, head < 2000 {
      let state = queue[head]
      head += 1
      for action in actions {
        var next = state
        let outcome = next.perform(action, book)
        if outcome.changesTheWorld {
          if case .violated = outcome { continue }
          if seen.insert(next).inserted { queue.append(next) }
        } else if next != state {
          Issue.record("\(action): \(outcome) after a change")
          return
        }
      }
    }
    #expect(head == 2000)
  }

  /// The same in worlds that no procedure leads to.
  @Test(arguments: Cast.allCases, someWorlds) func inAnyState(cast: Cast, bounds: Bounds) throws {
    let book = try rulebook(cast, bounds: bounds)
    let actions = everyAction(bounds)
    var random = SeededRandom(seed: 11)
    var culprits: Set<String> = []
    for _ in 0..<(40_000 / actions.count) {
      let state = wildWorld(book, &random)
      for action in actions {
        var next = state
        let outcome = next.perform(action, book)
        if !outcome.changesTheWorld, next != state { culprits.insert("\(action): \(outcome)") }
      }
    }
    #expect(culprits.isEmpty, "\(culprits.sorted())")
  }

  /// A vCPU still uses the slot: it is all there afterwards.
  @Test func deletingASlotInUse() throws {
    let book = try rulebook(.hostileVMM)
    var world = PackedWorld()
    try setUp(&world, book)
    world[isShared: 0, 0] = true
    (world[tlb: 0, 0], world.accessKind) = (.shared, .shared)
    let before = world
    #expect(world.perform(.call(.deleteSlot, device: 0, page: 0), book) == .refused(.flushAcknowledged))
    #expect(world == before)
  }
}
