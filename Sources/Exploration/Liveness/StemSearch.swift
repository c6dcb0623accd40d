/// Walks through what a violation may use, nearest first: from all sources at once, each at its own distance from the initial
/// state, and from there within the region. What is found first is found by a shortest way that passes a source and does not
/// leave the region afterwards.
struct StemSearch {
  /// Instead of a parent: the state is a source, and the search for safety knows the way.
  static let none = UInt32.max

  private let graph: StepGraph
  private let region: Region
  private let arrays: JudgeArrays
  /// The number of the first state of each level.
  private let levels: [Int]
  private var source = 0
  private var level = 0
  private var head = 0
  private var tail = 0

  /// The parts in `arrays.nodes` stay as they are; the numbers become distances plus one.
  init(_ graph: StepGraph, _ region: Region, _ arrays: JudgeArrays, levels: [Int]) {
    (self.graph, self.region, self.arrays, self.levels) = (graph, region, arrays, levels)
    for state in 0..<graph.states { arrays.nodes.base[state].number = 0 }
  }

  /// The next state, and its distance: steps from the initial state by way of a source.
  mutating func next() -> (state: Int, distance: Int)? {
    let nodes = arrays.nodes.base
    while source < graph.states, !region.begins(source, graph.facts.base[source]) { source += 1 }
    while level + 1 < levels.count, levels[level + 1] <= source { level += 1 }
    let queued = head < tail ? Int(nodes[Int(arrays.order.base[head])].number) - 1 : Int.max
    let state: Int
    let distance: Int
    if source < graph.states, level <= queued {
      (state, distance) = (source, level)
      source += 1
      nodes[state].number = UInt32(truncatingIfNeeded: distance + 1)
      arrays.parents.base[state] = Self.none
    } else if head < tail {
      (state, distance) = (Int(arrays.order.base[head]), queued)
      head += 1
    } else {
      return nil
    }
    let vertex = graph.vertices.base[state]
    for edge in vertex.first..<vertex.first + vertex.degree {
      let target = Int(graph.targets.base[edge])
      let facts = graph.facts.base[target]
      // A source has its turn at its own distance, which is never greater.
      guard nodes[target].number == 0, region.contains(facts), !region.begins(target, facts) else { continue }
      nodes[target].number = UInt32(truncatingIfNeeded: distance + 2)
      arrays.parents.base[target] = UInt32(truncatingIfNeeded: state)
      arrays.order.base[tail] = UInt32(truncatingIfNeeded: target)
      tail += 1
    }
    return (state, distance)
  }

  /// The states from a source to `state`, both included.
  func way(to state: Int) -> [Int] {
    var states = [state]
    while let last = states.last, arrays.parents.base[last] != Self.none { states.append(Int(arrays.parents.base[last])) }
    return states.reversed()
  }
}
