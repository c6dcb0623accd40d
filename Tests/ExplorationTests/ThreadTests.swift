import Exploration
import Testing

/// Threads change nothing but the time. The graphs have levels of thousands of states, so that batches are used.
@Suite struct ThreadTests {
  static func same(_ system: TransitionSystem, limit: Int? = nil, memory: Int? = nil, stopAtFirst: Bool = true) throws
    -> SearchReport
  {
    let one = try explore(system, SearchOptions(limit: limit, memory: memory, stopAtFirst: stopAtFirst))
    for threads in 2...4 {
      let report = try explore(
        system, SearchOptions(limit: limit, memory: memory, threads: threads, stopAtFirst: stopAtFirst))
      #expect(report == one, "\(threads) threads")
    }
    return one
  }

  @Test(arguments: [1, 2, 3, 6, 7]) func exhausting(width: Int) throws {
    let system = randomGraph(seed: UInt64(width), nodes: 9_000, width: width)
    #expect(try Self.same(system).states > 6_000)
  }

  @Test func collecting() throws {
    let report = try Self.same(randomGraph(seed: 21, nodes: 12_000, width: 2, violations: true), stopAtFirst: false)
    #expect(report.violations.count == 3)
    #expect(report.isExhaustive)
  }

  /// In the middle of a batch: the counts must not show what the others had already expanded.
  @Test(arguments: [1500, 4097, 7000]) func limits(limit: Int) throws {
    let report = try Self.same(randomGraph(seed: 3, nodes: 12_000, width: 2), limit: limit)
    #expect(report.outcome == .incomplete(.limit))
    #expect(report.states == limit)
  }

  @Test func memory() throws {
    #expect(try Self.same(randomGraph(seed: 4, nodes: 40_000, width: 1), memory: 600_000).outcome == .incomplete(.memory))
  }

  @Test(arguments: [2_000, 5_000, 9_000] as [UInt64]) func stopping(at node: UInt64) throws {
    var system = randomGraph(seed: 8, nodes: 12_000, width: 2)
    system.check = { $0[0] / 3 == node / 3 ? 2 : 0 }
    #expect(try Self.same(system).end == .stoppedAtViolation)
    let expand = system.expand
    system.check = nil
    system.expand = { state, out in
      guard state[0] == node else { return expand(state, &out) }
      out.append(state, label: 4, verdict: 200)
    }
    let report = try Self.same(system)
    #expect(report.violations.map(\.property) == [200])
    #expect(report.violations.map(\.kind) == [.step])
  }

  /// Levels of several batches, in which most states are yielded by many others, near and far.
  @Test func severalBatches() throws {
    let states: UInt64 = 150_000
    let system = TransitionSystem(width: 2, initial: [states, 0], labelCount: 2) { state, out in
      let (at, round) = (state[0], state[1])
      if at == states {
        for first in 0..<states / 2 { out.append([first * 2, 1] as InlineArray<2, UInt64>, label: 0) }
      } else if round < 3 {
        for next in [at / 2, at / 2 + 1, (at * 7 + 3) % states] { out.append([next, round + 1] as InlineArray<2, UInt64>, label: 1) }
      }
    }
    let one = try explore(system), two = try explore(system, SearchOptions(threads: 2))
    #expect(one == two)
    let sets = (0..<2).reduce(into: [[states], (0..<states / 2).map { $0 * 2 }]) { levels, _ in
      levels.append(Array(Set((levels.last ?? []).flatMap { [$0 / 2, $0 / 2 + 1, ($0 * 7 + 3) % states] })))
    }
    #expect(one.states == sets.dropFirst().reduce(1) { $0 + $1.count })
  }

  @Test func deadlocks() throws {
    var system = randomGraph(seed: 13, nodes: 12_000, width: 2)
    system.quiescent = { $0[0] % 400 == 7 ? 1 : 0 }
    let report = try Self.same(system)
    #expect(report.violations.map(\.kind) == [.quiescence])
  }
}
