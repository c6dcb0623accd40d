/// A shortest lasso in a region whose fair components are known.
struct LassoSearch {
  /// A lasso as states and edges of the graph.
  struct Found {
    /// From a source, which the search for safety knows a way to, to where the cycle begins.
    var way: [Int]
    /// Edges; none when the behaviour stands still.
    var cycle: [Int]
    /// Steps of stem and cycle.
    var length: Int
  }

  private(set) var best: Found?
  /// Whether nothing can be shorter than `best`.
  private(set) var isShortest = true

  /// Looks at every state at which the cycle could begin, nearest first, until all that follow are too far away.
  init(_ graph: StepGraph, _ region: Region, _ arrays: JudgeArrays, levels: [Int]) {
    var stems = StemSearch(graph, region, arrays, levels: levels)
    var cycles = CycleSearch(graph, region, arrays)
    while let (state, distance) = stems.next() {
      if let best, distance >= best.length { break }
      if FairComponents.standsStill(state, graph, region) {
        best = Found(way: stems.way(to: state), cycle: [], length: distance)
        break
      }
      guard arrays.nodes.base[state].part >= FairComponents.fair else { continue }
      if best == nil {
        var greedy = GreedyCycle(through: state, graph, region, arrays)
        guard let cycle = greedy.find(from: state) else { continue }
        best = Found(way: stems.way(to: state), cycle: cycle, length: distance + cycle.count)
      }
      // No cycle is shorter than two steps: a step that changes nothing is none.
      guard let known = best, distance + 2 < known.length else { continue }
      if let cycle = cycles.shortest(from: state, maximum: known.length - distance - 1) {
        best = Found(way: stems.way(to: state), cycle: cycle, length: distance + cycle.count)
      }
    }
    if cycles.isExhausted { isShortest = false }
  }
}
