import Exploration
import Testing

/// The engine against the definitions, on thousands of graphs that nobody has seen.
@Suite struct RandomLivenessTests {
  static let properties: [LivenessProperty] = [
    .leadsTo(trigger: 0, goal: 1), .alwaysEventually(2), .eventuallyAlways(3), .eventually(2), .leadsTo(trigger: 3, goal: 2),
  ]

  /// A graph of `states` states with few edges, some of them loops, and some constraints on sets of labels that overlap.
  static func graph(_ seed: UInt64, states: Int, labels: UInt32 = 4, constraints: Int) -> WrittenGraph {
    var drawn: UInt64 = 0
    func draw(_ below: Int) -> Int {
      drawn += 1
      return Int(scramble(seed &* 0x1_0001 ^ drawn << 32) % UInt64(below))
    }
    let edges = (0..<states).map { _ in
      (0..<draw(4)).map { _ in WrittenGraph.Edge(label: UInt32(draw(Int(labels))), to: draw(states)) }
    }
    let facts = (0..<states).map { _ in UInt32(draw(16) & (draw(2) == 0 ? 15 : 9)) }
    let fairness = (0..<(constraints == 0 ? 0 : draw(constraints + 1))).map { _ in
      let set = (0..<labels).filter { _ in draw(2) == 0 }
      return draw(2) == 0 ? Fairness.weak(set) : Fairness.strong(set)
    }
    return WrittenGraph(edges: edges, facts: facts, fairness: fairness)
  }

  @Test(arguments: 0..<50) func smallGraphs(batch: UInt64) throws {
    for seed in batch * 60..<(batch + 1) * 60 {
      let graph = Self.graph(seed, states: 2 + Int(seed % 5), constraints: Int(seed % 4))
      let naive = NaiveLiveness(graph: graph)
      let judged = try judge(graph, Self.properties, SearchOptions(threads: Int(seed % 3) + 1))
      for (i, property) in Self.properties.enumerated() {
        let expected = naive.isViolated(property)
        switch judged.outcomes[i] {
        case .violated(let lasso):
          #expect(expected, "seed \(seed), \(property)")
          #expect(fault(in: lasso, of: property, graph, words: judged.words[i]) == nil, "seed \(seed), \(property)")
          #expect(lasso.isShortest)
          #expect(lasso.stem.count + lasso.cycle.count == naive.shortest(property), "seed \(seed), \(property)")
        case .holds, .vacuous: #expect(!expected, "seed \(seed), \(property)")
        case .incomplete: Issue.record("seed \(seed): nothing was in the way")
        }
      }
    }
  }

  /// Larger ones, sparse enough to fall apart: strong fairness throws states out, again and again.
  @Test(arguments: 0..<20) func largerGraphs(batch: UInt64) throws {
    for seed in batch * 20..<(batch + 1) * 20 {
      let graph = Self.graph(seed &* 7919, states: 12 + Int(seed % 40), labels: 9, constraints: 7)
      let judged = try judge(graph, Self.properties)
      for (i, property) in Self.properties.enumerated() {
        let expected = SetsAndClosures(graph, property).isViolated
        switch judged.outcomes[i] {
        case .violated(let lasso):
          #expect(expected, "seed \(seed), \(property)")
          #expect(fault(in: lasso, of: property, graph, words: judged.words[i]) == nil, "seed \(seed), \(property)")
        case .holds, .vacuous: #expect(!expected, "seed \(seed), \(property)")
        case .incomplete: Issue.record("seed \(seed): nothing was in the way")
        }
      }
    }
  }
}
