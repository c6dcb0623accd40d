import Exploration
import Models
import Rules
import Testing

/// The explorer leaves out what need not be tried, packs what it finds, and uses several threads. None of that may show.
@Suite struct AgreementTests {
  /// Breadth first, with a set, everything tried at every state: what an exploration is, in a dozen lines.
  private func plainly(_ model: Model, expanding count: Int) -> [PackedWorld] {
    var seen: Set<PackedWorld> = [model.initial], queue = [model.initial]
    var head = 0
    while head < queue.count, head < count {
      let state = queue[head]
      head += 1
      for action in model.actions {
        var next = state
        switch next.perform(action, model.book) {
        case .refused:
          if next != state { Issue.record("\(action) was refused after a change") }
          continue
        case .violated: continue
        case .accepted, .failed: break
        }
        if seen.insert(next).inserted { queue.append(next) }
      }
    }
    return queue
  }

  @Test(arguments: ModelKind.allCases) func theExplorerFindsTheSameStates(kind: ModelKind) throws {
    for isHostile in [false, true] where kind == .privateMMIO || !isHostile {
      let model = try model(kind, bounds: withImporter, isHostile: isHostile, symmetry: .none)
      let expected = plainly(model, expanding: 500)
      var explorer = try Explorer(model.system, options: SearchOptions(limit: expected.count, threads: 1))
      _ = explorer.run()
      let count = min(explorer.stateCount, expected.count)
      #expect(count > 300)
      for i in 0..<count {
        let isSame = explorer.withState(i) { words in (0..<model.width).allSatisfy { words[$0] == expected[i].words[$0] } }
        guard isSame else {
          Issue.record("\(kind): state \(i) differs")
          return
        }
      }
    }
  }

  @Test(arguments: ModelKind.allCases) func threadsDoNotShow(kind: ModelKind) throws {
    let model = try model(kind, bounds: withImporter, isHostile: true)
    let one = try check(model, limit: 3000), two = try check(model, limit: 3000, threads: 2)
    #expect(one.report == two.report && one.counterexample == two.counterexample)
  }

  /// The name of a counterexample depends on what was asked and on the path, and on nothing else.
  @Test func namesAreStable() throws {
    let model = try model(.runningInterface, faults: ["drop-guard:TLP/t-bit"])
    let found = try #require(try check(model).counterexample), again = try #require(try check(model, threads: 2).counterexample)
    #expect(found == again && found.property == .privateByteLeaks)
    #expect(found.id.split(separator: "-").map(\.count) == [4, 4, 2])
  }

  @Test func theStartIsTheSetUp() throws {
    for kind in ModelKind.allCases {
      let model = try model(kind)
      let (packed, broken) = replay([], of: model, on: PackedWorld())
      #expect(packed == model.initial && broken == nil)
      #expect(Set(model.actions).count == model.actions.count)
      #expect(model.actions.allSatisfy { $0.fits(model.book.bounds) })
    }
  }
}
