import Exploration

/// What is wrong with a lasso as a violation of a property, by walking it; nil if it is one.
func fault(in lasso: Lasso, of property: LivenessProperty, _ graph: WrittenGraph, words: [Int]) -> String? {
  // States of the graph are named by their word; the engine numbers them as found.
  let labels = lasso.stem + lasso.cycle
  let states = words + (lasso.cycle.isEmpty ? [] : [words[lasso.stem.count]])
  guard states.count == labels.count + 1, states.first == 0 else { return "not as many states as steps, or not from the start" }
  for (i, label) in labels.enumerated() where !graph.edges[states[i]].contains(.init(label: label, to: states[i + 1])) {
    return "step \(i) is no step"
  }
  for i in lasso.stem.count..<labels.count where states[i] == states[i + 1] { return "a stutter in the cycle" }
  let around = Array(states[lasso.stem.count...])
  for (i, constraint) in graph.fairness.enumerated() where !lasso.cycle.contains(where: constraint.labels.contains) {
    switch constraint.strength {
    case .weak: if around.allSatisfy({ graph.enables(constraint, $0) }) { return "not fair to \(i), weak" }
    case .strong: if around.contains(where: { graph.enables(constraint, $0) }) { return "not fair to \(i), strong" }
    }
  }
  return isBad(states, around, property, graph) ? nil : "a good behaviour"
}

private func isBad(_ states: [Int], _ around: [Int], _ property: LivenessProperty, _ graph: WrittenGraph) -> Bool {
  switch property {
  case .leadsTo(let trigger, let goal):
    // Some trigger, in the stem or where the cycle begins, and no goal from there on.
    let lastGoal = states.lastIndex { graph.has(goal, $0) } ?? -1
    let owed = states[(lastGoal + 1)...].contains { graph.has(trigger, $0) }
    return owed && !around.contains { graph.has(goal, $0) }
  case .alwaysEventually(let goal): return !around.contains { graph.has(goal, $0) }
  case .eventuallyAlways(let goal): return around.contains { !graph.has(goal, $0) }
  case .eventually(let goal): return !states.contains { graph.has(goal, $0) }
  }
}

/// What the engine says about a graph, with the words of each lasso's states.
struct Judged {
  var report: SearchReport
  var outcomes: [LivenessOutcome]
  /// By property; empty where there is no lasso.
  var words: [[Int]]
}

func judge(_ graph: WrittenGraph, _ properties: [LivenessProperty], _ options: SearchOptions = SearchOptions()) throws -> Judged {
  var explorer = try Explorer(graph.system, options: options, liveness: graph.asking(properties))
  let report = explorer.run()
  let outcomes = report.liveness?.outcomes ?? []
  var words: [[Int]] = []
  for outcome in outcomes {
    var states: [Int] = []
    if case .violated(let lasso) = outcome { for index in lasso.states { states.append(explorer.withState(index) { Int($0[0]) }) } }
    words.append(states)
  }
  return Judged(report: report, outcomes: outcomes, words: words)
}
