import Exploration
import Testing

/// Small protocols whose answers everybody knows, asked whether anybody starves.
@Suite struct ProtocolLivenessTests {
  func outcomes(_ system: TransitionSystem, _ liveness: Liveness) throws -> [LivenessOutcome] {
    var explorer = try Explorer(system, liveness: liveness)
    return explorer.run().liveness?.outcomes ?? []
  }

  func lasso(_ outcome: LivenessOutcome?) -> Lasso? { if case .violated(let lasso) = outcome { lasso } else { nil } }

  /// Whoever wants in, comes in, if each process goes on once it wants to. Nobody has to want.
  @Test func nobodyStarvesInPeterson() throws {
    let system = ProtocolTests.mutex(peterson: true)
    func asking(_ fairness: [Fairness]) -> Liveness {
      Liveness(
        properties: [.leadsTo(trigger: 0, goal: 1), .leadsTo(trigger: 2, goal: 3), .eventually(0)], fairness: fairness, sometimes: [0, 1, 2, 3]
      ) { state in
        let (first, second) = (state[0] & 3, state[0] >> 2 & 3)
        return (first == 1 || first == 2 ? 1 : 0) | (first == 3 ? 2 : 0) | (second == 1 || second == 2 ? 4 : 0) | (second == 3 ? 8 : 0)
      }
    }
    let goesOn: [[UInt32]] = [[2, 3, 0], [6, 7, 4]]
    let fair = try outcomes(system, asking(goesOn.map { .weak($0) }))
    #expect(fair[0] == .holds && fair[1] == .holds)
    #expect(lasso(fair[2])?.stem == [] && lasso(fair[2])?.cycle == [])
    // The second may stop where it stands: inside, with the first one waiting.
    let unfair = try outcomes(system, asking([.weak(goesOn[0])]))
    #expect(lasso(unfair[0])?.cycle == [])
    #expect(lasso(unfair[0])?.stem.isEmpty == false)
    #expect(lasso(unfair[1])?.isShortest == true)
  }

  /// A semaphore that wakes whom it likes: a waiter that is passed again and again is weakly, not strongly, treated fairly.
  @Test func aSemaphoreStarvesTheWeak() throws {
    // Two bits a process: 0 away, 1 waits, 2 inside. Labels: process * 3 + where it goes.
    let system = TransitionSystem(width: 1, initial: [0], labelCount: 6) { state, out in
      for me in 0..<2 as Range<UInt64> {
        let position = state[0] >> (2 * me) & 3
        let other = state[0] >> (2 * (1 - me)) & 3
        if position == 1, other == 2 { continue }
        let next = (position + 1) % 3
        out.append([state[0] & ~(3 << (2 * me)) | next << (2 * me)] as InlineArray<1, UInt64>, label: UInt32(me * 3 + next))
      }
    }
    func asking(_ enter: Fairness.Strength) -> Liveness {
      Liveness(
        properties: [.leadsTo(trigger: 0, goal: 1), .alwaysEventually(2)],
        fairness: [.weak([0]), .weak([3]), Fairness(enter, [2]), Fairness(enter, [5])]
      ) { state in (state[0] & 3 == 1 ? 1 : 0) | (state[0] & 3 == 2 ? 2 : 0) | (state[0] & 3 != 2 ? 4 : 0) }
    }
    let weak = try outcomes(system, asking(.weak))
    // The first waits; the other comes, goes in, goes out, and so on.
    #expect(lasso(weak[0])?.stem == [1])
    #expect(lasso(weak[0])?.cycle == [4, 5, 3])
    #expect(lasso(weak[0])?.path(rounds: 2) == [1, 4, 5, 3, 4, 5, 3])
    #expect(try outcomes(system, asking(.strong)) == [.holds, .holds])
  }

  /// Philosophers that all take the left fork first stand still together for ever, however fair.
  @Test(arguments: [2, 3, 5] as [UInt64]) func philosophersStarve(count: UInt64) throws {
    var system = ProtocolTests.philosophers(count)
    // As a deadlock it would end the search.
    system.quiescent = nil
    let fairness = (0..<UInt32(count) * 3).map { Fairness.strong([$0]) }
    let outcomes = try outcomes(
      system, Liveness(properties: [.alwaysEventually(0)], fairness: fairness) { $0[0] & 3 == 2 ? 1 : 0 })
    #expect(lasso(outcomes.first)?.stem.count == Int(count))
    #expect(lasso(outcomes.first)?.cycle == [])
  }
}
