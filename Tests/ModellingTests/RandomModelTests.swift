import Modelling
import Testing

/// Models that nobody has seen, built through the API, against checkers that are right because they are short.
@Suite struct RandomModelTests {
  @Test(arguments: 0..<4 as Range<UInt64>) func states(batch: UInt64) throws {
    for seed in batch * 50..<(batch + 1) * 50 {
      let table = RandomTable(seed: seed, levels: 2 + Int(seed % 4), density: 1 + Int(seed % 4))
      let naive = NaiveReach(table)
      let model = try table.model { fact in
        [
          .always("never 0") { !fact(0)($0) }, .always("2, whenever 1", whenever: fact(1), fact(2)),
          .sometimes("both", { fact(0)($0) && fact(1)($0) }),
          .neverDeadlocks("goes on, or 3", except: fact(3)),
        ]
      }
      func isStuck(_ state: Int) -> Bool { table.actions.allSatisfy { $0[state] == nil } && !table.facts[3][state] }
      let expected = [
        naive.nearest { table.facts[0][$0] }, naive.nearest { table.facts[1][$0] && !table.facts[2][$0] },
        naive.nearest { table.facts[0][$0] && table.facts[1][$0] }, naive.nearest(isStuck),
      ]
      let report = try model.check(CheckOptions(threads: 1 + Int(seed % 2), stopsAtFirst: false))
      #expect(report.states == naive.order.count && report.transitions == UInt64(naive.transitions), "seed \(seed)")
      #expect(report.depth == naive.distance.values.max() && report.isExhaustive, "seed \(seed)")
      #expect(report.answers.map { $0.outcome.run?.steps.count } == expected, "seed \(seed)")
      for answer in report.answers { if let run = answer.outcome.run { #expect(table.walk(run) != nil, "seed \(seed)") } }
      let isVacuous = expected[1] == nil && naive.nearest { table.facts[1][$0] } == nil
      #expect((report.answers[1].outcome == .neverHadAChance) == isVacuous, "seed \(seed)")
      let silent = table.actions.indices.filter { a in naive.order.allSatisfy { table.actions[a][$0] == nil } }
      #expect(report.neverFired == silent.map { "a\($0)" }, "seed \(seed)")
      // The first one to break is a nearest one.
      let first = try model.check()
      let nearest = [expected[0], expected[1], expected[3]].compactMap { $0 }.min()
      #expect(first.counterexample?.steps.count == nearest, "seed \(seed)")
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>) func behaviours(batch: UInt64) throws {
    for seed in batch * 25..<(batch + 1) * 25 {
      let table = RandomTable(seed: seed &* 7919, levels: 1, density: 2 + Int(seed % 4))
      let reachable = NaiveReach(table).order
      func has(_ fact: Int) -> (Int) -> Bool { { table.facts[fact][$0] } }
      func lacks(_ fact: Int) -> (Int) -> Bool { { !table.facts[fact][$0] } }
      let model = try table.model { fact in
        [
          .leadsTo("1 to 0", from: fact(1), to: fact(0)), .alwaysEventually("2", fact(2)), .eventuallyAlways("3", fact(3)),
          .eventually("0", fact(0)),
        ]
      }
      let naive = [
        NaiveBehaviours(table: table, begins: has(1), remains: lacks(0), misses: { _ in true }),
        NaiveBehaviours(table: table, begins: { _ in true }, remains: lacks(2), misses: { _ in true }),
        NaiveBehaviours(table: table, begins: { _ in true }, remains: { _ in true }, misses: lacks(3)),
        NaiveBehaviours(table: table, begins: { $0 == 0 }, remains: lacks(0), misses: { _ in true }),
      ]
      let report = try model.check(CheckOptions(threads: 1 + Int(seed % 2)))
      for (answer, naive) in zip(report.answers, naive) {
        switch answer.outcome {
        case .violated(let run):
          #expect(naive.isViolated(reachable: reachable) && naive.fault(in: run) == nil, "seed \(seed), \(answer.property)")
        case .holds, .neverHadAChance: #expect(!naive.isViolated(reachable: reachable), "seed \(seed), \(answer.property)")
        default: Issue.record("seed \(seed): \(answer.outcome)")
        }
      }
    }
  }
}
