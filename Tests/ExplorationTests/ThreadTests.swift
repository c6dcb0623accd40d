import Exploration
import Testing

/// Threads change nothing but the time. The graphs have levels of many thousands of states, so that batches are used.
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
    let system = randomGraph(seed: UInt64(width), nodes: 36_000, width: width)
    #expect(try Self.same(system).states > 24_000)
  }

  @Test func collecting() throws {
    let report = try Self.same(randomGraph(seed: 21, nodes: 48_000, width: 2, violations: true), stopAtFirst: false)
    #expect(report.violations.count == 3)
    #expect(report.isExhaustive)
  }

  /// In the middle of a batch: the counts must not show what the others had already expanded.
  @Test(arguments: [1500, 8193, 29_000]) func limits(limit: Int) throws {
    let report = try Self.same(randomGraph(seed: 3, nodes: 48_000, width: 2), limit: limit)
    #expect(report.outcome == .incomplete(.limit))
    #expect(report.states == limit)
  }

  @Test func memory() throws {
    #expect(try Self.same(randomGraph(seed: 4, nodes: 160_000, width: 1), memory: 2_400_000).outcome == .incomplete(.memory))
  }

  @Test(arguments: [2_000, 20_000, 36_000] as [UInt64]) func stopping(at node: UInt64) throws {
    var system = randomGraph(seed: 8, nodes: 48_000, width: 2)
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

  /// More is found than the table has room for: the batch is given up, and what it claimed with it.
  @Test func wide() throws {
    let states: UInt64 = 1 << 19
    let system = TransitionSystem(width: 1, initial: [states], labelCount: 3) { state, out in
      let at = state[0]
      if at == states {
        for first in 0..<20_000 as Range<UInt64> { out.append([first] as InlineArray<1, UInt64>, label: 0) }
      } else if at < 20_000 {
        for next in 1...20 as ClosedRange<UInt64> {
          out.append([20_000 + (at / 2 * 31 + next * 0x9E37) % (states - 20_000)] as InlineArray<1, UInt64>, label: 1)
        }
      } else if at % 3 == 0 {
        out.append([at / 3] as InlineArray<1, UInt64>, label: 2)
      }
    }
    let report = try Self.same(system)
    #expect(report.isExhaustive)
    #expect(report.states > 120_000)
  }

  @Test func deadlocks() throws {
    var system = randomGraph(seed: 13, nodes: 48_000, width: 2)
    system.quiescent = { $0[0] % 400 == 7 ? 1 : 0 }
    let report = try Self.same(system)
    #expect(report.violations.map(\.kind) == [.quiescence])
  }
}
