import Modelling
import Testing

/// Small graphs on which checkers have been wrong, built through the API: a field for the node, an action for each edge.
struct Graph {
  struct Edge {
    var name: String, from: Int, to: Int
    var fairness: Action.Fairness = .none
  }
  var nodes: Int
  var edges: [Edge]

  func model(_ ask: (Field<Int>) -> [Property]) throws -> Model {
    var schema = Schema()
    let node = schema.field("node", in: 0...nodes - 1, initially: 0)
    return try Model("graph", schema) {
      for edge in edges {
        Action(edge.name, fairness: edge.fairness, when: { $0[node] == edge.from }, then: { $0[node] = edge.to })
      }
      for property in ask(node) { property }
    }
  }

  func outcome(_ options: CheckOptions = CheckOptions(), _ ask: (Field<Int>) -> Property) throws -> Outcome? {
    try model { [ask($0)] }.check(options).answers.first?.outcome
  }
}

extension Outcome {
  var run: Run? {
    switch self {
    case .violated(let run), .reached(let run): run
    case .holds, .neverHadAChance, .neverReached, .undecided: nil
    }
  }
  var actions: [String]? { run?.steps.map(\.action) }
}

@Suite struct KnownGraphTests {
  typealias Edge = Graph.Edge

  /// A cycle with an exit: weak fairness may pass by the exit for ever, strong fairness may not, a missing exit is nobody's fault.
  @Test func aCycleWithAnExit() throws {
    var graph = Graph(
      nodes: 3, edges: [Edge(name: "on", from: 0, to: 1, fairness: .weak), Edge(name: "back", from: 1, to: 0, fairness: .weak)])
    graph.edges.append(Edge(name: "exit", from: 1, to: 2, fairness: .weak))
    let passing = try graph.outcome { node in .eventually("out") { $0[node] == 2 } }
    #expect(passing?.actions == ["on", "back"] && passing?.run?.end == .repeats(from: 0))
    graph.edges[2].fairness = .strong
    #expect(try graph.outcome { node in .eventually("out") { $0[node] == 2 } } == .holds)
    #expect(try graph.outcome { node in .eventuallyAlways("out") { $0[node] == 2 } } == .holds)
    graph.edges.removeLast()
    #expect(try graph.outcome { node in .eventually("out") { $0[node] == 2 } }?.actions == ["on", "back"])
  }

  /// A loop is a transition, keeps a state from being a deadlock, and is no step of a behaviour.
  @Test func selfLoopsAndStuttering() throws {
    let graph = Graph(
      nodes: 2, edges: [Edge(name: "loop", from: 0, to: 0, fairness: .strong), Edge(name: "on", from: 0, to: 1, fairness: .none)])
    let model = try graph.model { node in
      [.alwaysEventually("at 1") { $0[node] == 1 }, .neverDeadlocks("it goes on") { $0[node] == 1 }]
    }
    let report = try model.check()
    #expect(report.states == 2 && report.transitions == 2 && report.depth == 1)
    #expect(report.answers[1].outcome == .holds)
    #expect(report.answers[0].outcome.run?.end == .standsStill && report.answers[0].outcome.run?.steps == [])
    let looping = Graph(nodes: 1, edges: [Edge(name: "loop", from: 0, to: 0)])
    #expect(try looping.outcome { _ in .neverDeadlocks("it goes on") } == .holds)
  }

  @Test func deadlocks() throws {
    let graph = Graph(nodes: 4, edges: [Edge(name: "a", from: 0, to: 1), Edge(name: "b", from: 1, to: 2), Edge(name: "c", from: 0, to: 3)])
    #expect(try graph.outcome { _ in .neverDeadlocks("it goes on") }?.actions == ["c"])
    #expect(try graph.outcome { node in .neverDeadlocks("it goes on") { $0[node] == 3 } }?.actions == ["a", "b"])
    #expect(try graph.outcome { node in .neverDeadlocks("it goes on") { $0[node] >= 2 } } == .holds)
  }

  /// A node is reached first by a way that met the goal, and again by one that did not.
  @Test func aJoin() throws {
    let edges = [(0, 1), (0, 2), (1, 3), (2, 3)].map { Edge(name: "\($0)to\($1)", from: $0, to: $1, fairness: .weak) }
    let outcome = try Graph(nodes: 4, edges: edges).outcome { node in .eventually("at 1") { $0[node] == 1 } }
    #expect(outcome?.actions == ["0to2", "2to3"] && outcome?.run?.end == .standsStill)
  }

  /// What is wanted is a lasso, and not the component of a thousand states that it is in.
  @Test func aLassoIsNotAComponent() throws {
    let count = 1000
    var schema = Schema()
    let node = schema.field("node", in: 0...count - 1, initially: 0)
    let model = try Model("ring", schema) {
      Action("on", fairness: .weak, when: { _ in true }, then: { $0[node] = ($0[node] + 1) % count })
      Action("short", when: { $0[node] == 42 }, then: { $0[node] = 40 })
      Property.alwaysEventually("at the end") { $0[node] == count - 1 }
    }
    let run = try #require(try model.check().counterexample)
    #expect(run.end == .repeats(from: 40) && run.steps.count == 43 && run.steps.last?.action == "short" && run.isShortest)
  }

  /// A violation on a wide level, found by several threads: the same report as by one.
  @Test(arguments: [1500, 5000, 9000]) func severalThreads(bad: Int) throws {
    var schema = Schema()
    let x = schema.field("x", in: 0...99, initially: 0)
    let y = schema.field("y", in: 0...99, initially: 0)
    let model = try Model("plane", schema) {
      Action("right", fairness: .weak, when: { $0[x] < 99 }, then: { $0[x] += 1 })
      Action("up", fairness: .weak, when: { $0[y] < 99 }, then: { $0[y] += 1 })
      Action("hop", each: 2..<60, when: { state, i in state[y] == 0 && state[x] == 0 }, then: { state, i in (state[x], state[y]) = (i, 97 - i) })
      Property.always("not there") { $0[x] * 100 + $0[y] != bad }
      Property.sometimes("far") { $0[x] == 99 && $0[y] == 99 }
      Property.eventuallyAlways("far in the end") { $0[x] == 99 && $0[y] == 99 }
    }
    for stopsAtFirst in [true, false] {
      let one = try model.check(CheckOptions(stopsAtFirst: stopsAtFirst))
      #expect(one.verdict == .violated("not there"))
      for threads in 2...4 { #expect(try model.check(CheckOptions(threads: threads, stopsAtFirst: stopsAtFirst)) == one) }
    }
  }
}
