import Exploration

/// A graph written down edge by edge, and what is asked of it.
struct WrittenGraph: Sendable {
  struct Edge: Hashable, Sendable {
    var label: UInt32
    var to: Int
  }
  /// By state; the initial one is 0.
  var edges: [[Edge]]
  var facts: [UInt32]
  var fairness: [Fairness] = []
  var labelCount = 16

  var system: TransitionSystem {
    let edges = edges
    return TransitionSystem(width: 1, initial: [0], labelCount: labelCount) { state, out in
      for edge in edges[Int(state[0])] { out.append([UInt64(edge.to)] as InlineArray<1, UInt64>, label: edge.label) }
    }
  }

  func asking(_ properties: [LivenessProperty], sometimes: [Int] = []) -> Liveness {
    let facts = facts
    return Liveness(properties: properties, fairness: fairness, sometimes: sometimes) { facts[Int($0[0])] }
  }

  func has(_ fact: Int, _ state: Int) -> Bool { facts[state] >> UInt32(fact) & 1 == 1 }

  /// Whether a step of the constraint changes something here.
  func enables(_ constraint: Fairness, _ state: Int) -> Bool {
    edges[state].contains { constraint.labels.contains($0.label) && $0.to != state }
  }
}

/// Liveness by the definitions alone: a behaviour that counts remains in some set of states and visits each of them again and
/// again, so look at every set. For graphs of a few states. It shares no idea with the engine.
struct NaiveLiveness {
  let graph: WrittenGraph

  /// Whether some behaviour that counts does not do what the property says.
  func isViolated(_ property: LivenessProperty) -> Bool {
    let armed = armedDistances(property)
    return (1..<1 << graph.edges.count).contains { bits in
      let set = graph.edges.indices.filter { bits >> $0 & 1 == 1 }
      return set.allSatisfy { armed[$0] != nil && allowed(property, $0) } && isFair(set) && set.contains { misses(property, $0) }
    }
  }

  /// A behaviour that stays in the set may as well take every step inside again and again: that can only serve more constraints.
  private func isFair(_ set: [Int]) -> Bool {
    func inside(_ from: Int) -> [WrittenGraph.Edge] { graph.edges[from].filter { set.contains($0.to) && $0.to != from } }
    for start in set {
      var reached = [start]
      while let more = reached.flatMap({ inside($0) }).map(\.to).first(where: { !reached.contains($0) }) { reached.append(more) }
      if reached.count < set.count { return false }
    }
    return graph.fairness.allSatisfy { constraint in
      if set.contains(where: { inside($0).contains { constraint.labels.contains($0.label) } }) { return true }
      switch constraint.strength {
      case .weak: return set.contains { !graph.enables(constraint, $0) }
      case .strong: return !set.contains { graph.enables(constraint, $0) }
      }
    }
  }

  /// Whether a violation may be in this state for ever after.
  func allowed(_ property: LivenessProperty, _ state: Int) -> Bool {
    switch property {
    case .leadsTo(_, let goal), .alwaysEventually(let goal), .eventually(let goal): !graph.has(goal, state)
    case .eventuallyAlways: true
    }
  }

  /// What a violation has to see again and again.
  func misses(_ property: LivenessProperty, _ state: Int) -> Bool {
    if case .eventuallyAlways(let goal) = property { !graph.has(goal, state) } else { true }
  }

  private func arms(_ property: LivenessProperty, _ state: Int, isInitial: Bool) -> Bool {
    switch property {
    case .leadsTo(let trigger, _): graph.has(trigger, state) && allowed(property, state)
    case .alwaysEventually, .eventuallyAlways: allowed(property, state)
    case .eventually: isInitial && allowed(property, state)
    }
  }

  /// Steps from the initial state to where something is owed that was not given since; nil where nothing can be owed.
  func armedDistances(_ property: LivenessProperty) -> [Int?] {
    var armed = [Int?](repeating: nil, count: graph.edges.count)
    var front: Set<[Int]> = [[0, arms(property, 0, isInitial: true) ? 1 : 0]]
    var seen = front
    var distance = 0
    while !front.isEmpty {
      for place in front where place[1] == 1 { armed[place[0]] = armed[place[0]] ?? distance }
      var next: Set<[Int]> = []
      for place in front {
        for edge in graph.edges[place[0]] {
          let remains = place[1] == 1 && allowed(property, edge.to)
          for mode in 0...1 where mode == 0 || remains || arms(property, edge.to, isInitial: false) { next.insert([edge.to, mode]) }
        }
      }
      front = next.subtracting(seen)
      seen.formUnion(next)
      distance += 1
    }
    return armed
  }

  /// The length of a shortest lasso: from every state where something is owed, all walks that come back, level by level.
  func shortest(_ property: LivenessProperty) -> Int? {
    var best: Int?
    for (state, distance) in armedDistances(property).enumerated() {
      guard let distance, let cycle = shortestCycle(property, from: state) else { continue }
      best = min(best ?? .max, distance + cycle)
    }
    return best
  }

  private struct Walk: Hashable {
    var state: Int
    var taken: Set<Int> = []
    var enabled: Set<Int> = []
    var disabled: Set<Int> = []
    var missed = false
  }

  private func shortestCycle(_ property: LivenessProperty, from start: Int) -> Int? {
    func arrive(_ walk: Walk, _ state: Int, by label: UInt32?) -> Walk {
      var walk = walk
      walk.state = state
      walk.missed = walk.missed || misses(property, state)
      for (i, constraint) in graph.fairness.enumerated() {
        if let label, constraint.labels.contains(label) { walk.taken.insert(i) }
        if graph.enables(constraint, state) { walk.enabled.insert(i) } else { walk.disabled.insert(i) }
      }
      return walk
    }
    func isGood(_ walk: Walk) -> Bool {
      walk.state == start && walk.missed
        && graph.fairness.indices.allSatisfy { i in
          walk.taken.contains(i) || (graph.fairness[i].strength == .weak ? walk.disabled.contains(i) : !walk.enabled.contains(i))
        }
    }
    var front: Set<Walk> = [arrive(Walk(state: start), start, by: nil)]
    var seen = front
    var steps = 0
    while !front.isEmpty {
      if front.contains(where: isGood) { return steps }
      var next: Set<Walk> = []
      for walk in front {
        for edge in graph.edges[walk.state] where edge.to != walk.state && allowed(property, edge.to) {
          next.insert(arrive(walk, edge.to, by: edge.label))
        }
      }
      front = next.subtracting(seen)
      seen.formUnion(next)
      steps += 1
    }
    return nil
  }
}
