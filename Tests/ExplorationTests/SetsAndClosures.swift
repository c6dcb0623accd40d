import Exploration

/// Liveness by sets and closures, for graphs of some dozen states: which states reach each other within a set, and what of
/// them remains when everything unfair is taken away until nothing changes. No stack, no numbers.
struct SetsAndClosures {
  private let graph: WrittenGraph
  private let property: LivenessProperty
  private let naive: NaiveLiveness

  init(_ graph: WrittenGraph, _ property: LivenessProperty) {
    (self.graph, self.property, naive) = (graph, property, NaiveLiveness(graph: graph))
  }

  var isViolated: Bool {
    let armed = naive.armedDistances(property)
    return hasFairSet(Set(graph.edges.indices.filter { armed[$0] != nil && naive.allowed(property, $0) }))
  }

  private func hasFairSet(_ states: Set<Int>) -> Bool {
    var left = states
    while let one = left.first {
      let forth = closure(of: one, in: states) { from in graph.edges[from].map(\.to) }
      let component = forth.filter { closure(of: $0, in: states) { from in graph.edges[from].map(\.to) }.contains(one) }
      left.subtract(component)
      if survives(component) { return true }
    }
    return false
  }

  private func survives(_ component: Set<Int>) -> Bool {
    guard component.contains(where: { naive.misses(property, $0) }) else { return false }
    for constraint in graph.fairness {
      let enabling = component.filter { graph.enables(constraint, $0) }
      let isTaken = component.contains { from in
        graph.edges[from].contains { constraint.labels.contains($0.label) && $0.to != from && component.contains($0.to) }
      }
      if isTaken || enabling.isEmpty { continue }
      if constraint.strength == .strong { return hasFairSet(component.subtracting(enabling)) }
      if enabling == component { return false }
    }
    return true
  }

  private func closure(of start: Int, in states: Set<Int>, _ next: (Int) -> [Int]) -> Set<Int> {
    var reached: Set<Int> = [start]
    var front = [start]
    while let from = front.popLast() {
      for to in next(from) where states.contains(to) && reached.insert(to).inserted { front.append(to) }
    }
    return reached
  }
}
