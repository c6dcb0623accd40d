import Exploration
import Testing

private func edge(_ label: UInt32, _ to: Int) -> WrittenGraph.Edge { .init(label: label, to: to) }

/// What fairness and stuttering mean, on graphs that fit on a stamp.
@Suite struct LivenessTests {
  /// 0 -> 1 and back, by labels 0 and 1. Fact 0 in state 0, fact 1 in state 1.
  static let swing = WrittenGraph(edges: [[edge(0, 1)], [edge(1, 0)]], facts: [1, 2])

  func lasso(_ graph: WrittenGraph, _ property: LivenessProperty) throws -> Lasso? {
    let judged = try judge(graph, [property])
    guard case .violated(let lasso) = judged.outcomes.first else { return nil }
    #expect(fault(in: lasso, of: property, graph, words: judged.words[0]) == nil)
    return lasso
  }

  func outcome(_ graph: WrittenGraph, _ property: LivenessProperty) throws -> LivenessOutcome? {
    try judge(graph, [property]).outcomes.first
  }

  /// Nobody has to move unless fairness says so.
  @Test func withoutFairnessEverythingMayStandStill() throws {
    let stand = Lasso(stem: [], cycle: [], states: [0], isShortest: true)
    #expect(try outcome(Self.swing, .alwaysEventually(1)) == .violated(stand))
    var graph = Self.swing
    graph.fairness = [.weak([0]), .weak([1])]
    #expect(try outcome(graph, .alwaysEventually(1)) == .holds)
    #expect(try outcome(graph, .leadsTo(trigger: 0, goal: 1)) == .holds)
    // Fair to one half alone: it stops in the other.
    graph.fairness = [.weak([0])]
    #expect(try outcome(graph, .alwaysEventually(1)) == .holds)
    #expect(try outcome(graph, .alwaysEventually(0)) == .violated(Lasso(stem: [0], cycle: [], states: [0, 1], isShortest: true)))
    // The swing never rests.
    graph.fairness = [.weak([0]), .weak([1])]
    #expect(
      try outcome(graph, .eventuallyAlways(0)) == .violated(Lasso(stem: [], cycle: [0, 1], states: [0, 1], isShortest: true)))
  }

  /// A step that changes nothing is no step: it enables nothing, and taking it is standing still.
  @Test func aLoopIsAStutter() throws {
    var graph = WrittenGraph(edges: [[edge(0, 0), edge(1, 1)], []], facts: [0, 1], fairness: [.weak([0])])
    #expect(try outcome(graph, .eventually(0)) == .violated(Lasso(stem: [], cycle: [], states: [0], isShortest: true)))
    graph.fairness = [.weak([1])]
    #expect(try outcome(graph, .eventually(0)) == .holds)
    // A label that loops here and moves there is one action, enabled only there.
    graph = WrittenGraph(edges: [[edge(0, 0), edge(1, 1)], [edge(0, 2), edge(2, 0)], []], facts: [0, 0, 1], fairness: [.weak([0])])
    #expect(try lasso(graph, .eventually(0))?.stem == [])
    graph.fairness = [.weak([0]), .weak([1]), .weak([2])]
    #expect(try lasso(graph, .eventually(0))?.cycle.count == 2)
    graph.fairness = [.strong([0]), .weak([1])]
    #expect(try outcome(graph, .eventually(0)) == .holds)
  }

  /// An exit that is open in every second state: weak fairness may pass it for ever, strong fairness may not.
  @Test func weakIsNotStrong() throws {
    var graph = WrittenGraph(edges: [[edge(0, 1)], [edge(1, 0), edge(2, 2)], []], facts: [0, 0, 1])
    graph.fairness = [.weak([0]), .weak([1]), .weak([2])]
    #expect(try outcome(graph, .eventually(0)) == .violated(Lasso(stem: [], cycle: [0, 1], states: [0, 1], isShortest: true)))
    graph.fairness = [.weak([0]), .weak([1]), .strong([2])]
    #expect(try outcome(graph, .eventually(0)) == .holds)
    // Open everywhere, weak fairness is enough.
    graph.edges[0].append(edge(2, 2))
    graph.fairness = [.weak([2])]
    #expect(try outcome(graph, .eventually(0)) == .holds)
  }

  /// Two constraints want two actions; one with both labels is content with either.
  @Test func aConstraintIsASetOfLabels() throws {
    let edges = [[edge(0, 1), edge(1, 2)], [edge(2, 0)], [edge(2, 0)]]
    var graph = WrittenGraph(edges: edges, facts: [0, 1, 2], fairness: [.strong([0]), .strong([1]), .weak([2])])
    #expect(try outcome(graph, .alwaysEventually(0)) == .holds)
    #expect(try outcome(graph, .alwaysEventually(1)) == .holds)
    graph.fairness = [.strong([0, 1]), .weak([2])]
    #expect(try lasso(graph, .alwaysEventually(0))?.cycle == [1, 2])
    #expect(try lasso(graph, .alwaysEventually(1))?.cycle == [0, 2])
  }

  /// Two labels lead from one state to the same other one: a fair cycle names the one that fairness wants.
  @Test func aCycleNamesTheLabelThatCounts() throws {
    let graph = WrittenGraph(edges: [[edge(3, 1), edge(0, 1)], [edge(1, 0)]], facts: [0, 0], fairness: [.strong([0]), .weak([1])])
    #expect(try lasso(graph, .eventually(0))?.cycle == [0, 1])
  }

  /// Strong fairness throws states out, and what is left falls apart: twice.
  @Test func whatStrongFairnessLeavesIsDecomposedAgain() throws {
    // A ring 0-1-2-3-4-0 with a short cut 1 -> 0 and one 3 -> 2; exits by 5 from 4, by 6 from 3, to a good end.
    let edges = [
      [edge(0, 1)], [edge(0, 2), edge(1, 0)], [edge(0, 3)], [edge(0, 4), edge(1, 2), edge(6, 5)], [edge(0, 0), edge(5, 5)], [],
    ]
    var graph = WrittenGraph(edges: edges, facts: [0, 0, 0, 0, 0, 1], fairness: [.weak([0, 1]), .strong([5]), .strong([6])])
    #expect(try lasso(graph, .eventually(0))?.cycle == [0, 1])
    // Without the cut nearest to the start nothing is left: every way round passes an exit.
    graph.edges[1].removeLast()
    #expect(try outcome(graph, .eventually(0)) == .holds)
    graph.fairness.removeLast()
    #expect(try lasso(graph, .eventually(0))?.cycle.count == 2)
    #expect(try lasso(graph, .eventually(0))?.stem.count == 2)
  }

  @Test func aTriggerThatNeverWas() throws {
    var graph = Self.swing
    #expect(try outcome(graph, .leadsTo(trigger: 5, goal: 0)) == .vacuous)
    // Where the goal always comes with it, it was there.
    graph.facts = [1, 1]
    #expect(try outcome(graph, .leadsTo(trigger: 0, goal: 0)) == .holds)
  }

  /// The trigger is met before the goal goes away for good, and a goal in between pays for it.
  @Test func whatIsOwedIsPaidOnce() throws {
    // 0 (trigger) -> 1 (goal) -> 2 for ever.
    let graph = WrittenGraph(edges: [[edge(0, 1)], [edge(0, 2)], []], facts: [1, 2, 0], fairness: [.weak([0])])
    #expect(try outcome(graph, .leadsTo(trigger: 0, goal: 1)) == .holds)
    #expect(try outcome(graph, .eventually(1)) == .holds)
    #expect(try lasso(graph, .alwaysEventually(1))?.stem == [0, 0])
    #expect(try lasso(graph, .eventuallyAlways(1))?.stem == [0, 0])
  }

  @Test func sightings() throws {
    let graph = WrittenGraph(edges: [[edge(0, 1)], [edge(0, 2)], [edge(0, 1)]], facts: [0, 4, 6])
    var explorer = try Explorer(graph.system, liveness: graph.asking([], sometimes: [2, 0, 1]))
    #expect(explorer.run().liveness?.sometimes == [.seen(state: 1, depth: 1), .never, .seen(state: 2, depth: 2)])
    var limited = try Explorer(graph.system, options: SearchOptions(limit: 2), liveness: graph.asking([], sometimes: [2, 1]))
    #expect(limited.run().liveness?.sometimes == [.seen(state: 1, depth: 1), .notYet])
  }

  /// A hub with twenty ways round, each to be taken again and again: 2^20 sets of what is done already are too many to look
  /// at. The lasso is real all the same, and does not say that it is shortest.
  @Test func tooManyConstraintsForAShortestCycle() throws {
    let count = 20
    // The first way to take 19 leads into a ring of a hundred, from where nothing leads back.
    let hub = [edge(19, 21)] + (1...count).map { edge(UInt32($0 - 1), $0) }
    let ring = (0..<100).map { [edge(20, 21 + ($0 + 1) % 100)] }
    let edges = [hub] + (1...count).map { _ in [edge(20, 0)] } + ring
    var graph = WrittenGraph(edges: edges, facts: Array(repeating: 0, count: edges.count), labelCount: 21)
    graph.fairness = (0..<20).map { .strong([$0]) } + [.weak([20])]
    let found = try lasso(graph, .eventually(0))
    #expect(found?.isShortest == false)
    #expect(found?.cycle.count == 40)
    graph.fairness.removeSubrange(6..<19)
    let small = try lasso(graph, .eventually(0))
    #expect(small?.isShortest == true)
    #expect(small?.cycle.count == 14)
  }
}
