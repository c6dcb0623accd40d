import Exploration
import Testing

private func edge(_ label: UInt32, _ to: Int) -> WrittenGraph.Edge { .init(label: label, to: to) }

/// Where other checkers answered wrongly, by their own documentation and issue lists.
@Suite struct PublishedCaseTests {
  /// Stateright keeps with a state which `eventually` properties its path has met, and drops a path that comes to a state
  /// it knows: it then misses that this path had not met them. State 3 is reached first by the good way (through 1), and
  /// again by the bad one (through 2).
  @Test func aPathThatJoinsAnother() throws {
    let graph = WrittenGraph(
      edges: [[edge(0, 1), edge(1, 2)], [edge(2, 3)], [edge(2, 3)], []], facts: [0, 1, 0, 0], fairness: [.weak([0, 1, 2])])
    let judged = try judge(graph, [.eventually(0)])
    #expect(judged.outcomes == [.violated(Lasso(stem: [1, 2], cycle: [], states: [0, 2, 3], isShortest: true))])
  }

  /// The same with a cycle: a path that closes one has no end at which anything would be asked.
  @Test func aCycleWithAnExit() throws {
    var graph = WrittenGraph(edges: [[edge(0, 1)], [edge(1, 0), edge(2, 2)], []], facts: [0, 0, 1], fairness: [.weak([0, 1, 2])])
    #expect(
      try judge(graph, [.eventually(0)]).outcomes
        == [.violated(Lasso(stem: [], cycle: [0, 1], states: [0, 1], isShortest: true))])
    // Without an exit there is nothing but the cycle.
    graph.edges[1].removeLast()
    #expect(try judge(graph, [.eventually(0)]).outcomes.first.map { $0 == .holds } == false)
  }

  /// A cycle that a depth-first search closes only through a state it is done with: nested searches in the wrong order, or
  /// markings shared by both, lose it (Holzmann, Peled, Yannakakis 1996).
  @Test func aCycleThroughAFinishedState() throws {
    // 0 -> 1 -> 2 -> 1, and 0 -> 3 -> 2, 2 -> 3: fact 0 in 1 alone, so 2-3 is the bad cycle.
    let graph = WrittenGraph(
      edges: [[edge(0, 1), edge(0, 3)], [edge(0, 2)], [edge(0, 1), edge(0, 3)], [edge(0, 2)]], facts: [0, 1, 0, 0], fairness: [.weak([0])])
    let judged = try judge(graph, [.alwaysEventually(0)])
    #expect(judged.outcomes == [.violated(Lasso(stem: [0], cycle: [0, 0], states: [0, 2, 3], isShortest: true))])
  }

  /// One component of ten thousand states with a bad cycle of three somewhere in it: what is wanted is these three.
  @Test func aLassoIsNotAComponent() throws {
    let count = 10_000
    var edges = (0..<count).map { [edge(0, ($0 + 1) % count)] }
    edges[42].append(edge(1, 40))
    var facts = [UInt32](repeating: 0, count: count)
    facts[9_999] = 1
    let graph = WrittenGraph(edges: edges, facts: facts, fairness: [.weak([0])])
    let judged = try judge(graph, [.alwaysEventually(0), .eventuallyAlways(0)])
    guard case .violated(let lasso) = judged.outcomes[0] else {
      Issue.record("it may go round by 1 for ever")
      return
    }
    #expect(lasso == Lasso(stem: Array(repeating: 0, count: 40), cycle: [0, 0, 1], states: Array(0..<43), isShortest: true))
    guard case .violated(let other) = judged.outcomes[1] else {
      Issue.record("nothing remains")
      return
    }
    #expect(other == lasso)
  }

  /// TLC lost violations when several workers searched. Graphs whose levels are wide enough for batches, judged by 1...4 threads.
  @Test(arguments: 0..<6 as Range<UInt64>) func severalWorkers(seed: UInt64) throws {
    let system = randomGraph(seed: seed &+ 900, nodes: 12_000, width: 2)
    let liveness = Liveness(
      properties: [
        .alwaysEventually(0), .eventuallyAlways(1), .leadsTo(trigger: 1, goal: 2), .eventually(0), .leadsTo(trigger: 3, goal: 4),
      ],
      fairness: [.weak([0, 1]), .strong([2]), .weak([3]), .strong([4, 5, 6])], sometimes: [0, 1, 7]
    ) { state in
      let random = scramble(state[0] ^ seed)
      return (random % 5 < 3 ? 1 : 0) | (random % 7 == 0 ? 2 : 0) | (random % 2 == 0 ? 4 : 0) | (random % 997 == 0 ? 8 : 0)
        | (random % 11 != 0 ? 16 : 0)
    }
    func report(_ threads: Int, _ limit: Int?) throws -> SearchReport {
      var explorer = try Explorer(system, options: SearchOptions(limit: limit, threads: threads), liveness: liveness)
      return explorer.run()
    }
    for limit in [nil, 4_000] {
      let one = try report(1, limit)
      #expect(one.liveness?.outcomes.contains { if case .violated = $0 { true } else { false } } == true)
      for threads in 2...4 { #expect(try report(threads, limit) == one) }
    }
  }
}
