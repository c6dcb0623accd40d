/// A shortest lasso in a region whose fair components are known.
///
/// It asks for ever greater lengths whether there is a lasso of at most that length, from every state at which a cycle could
/// begin and that is near enough: many small searches around states near the start, and no large one before the small ones
/// have failed.
struct LassoSearch {
  /// A lasso as states and edges of the graph.
  struct Found {
    /// From a source, which the search for safety knows a way to, to where the cycle begins.
    var way: [Int]
    /// Edges; none when the behaviour stands still.
    var cycle: [Int]
  }

  private(set) var best: Found?
  /// Whether nothing is shorter than `best`.
  private(set) var isShortest = true

  private let graph: StepGraph
  private let region: Region
  private let arrays: JudgeArrays
  private var stems: StemSearch
  private var cycles: CycleSearch
  /// Where cycles may begin, nearest first, as far as the stems were followed.
  private var starts: [(state: Int, distance: Int)] = []
  /// The nearest state where a behaviour may stand still.
  private var rest: (state: Int, distance: Int)?
  private var next: (state: Int, distance: Int)?

  private let isOver: () -> Bool
  private var visits = 0

  /// - Parameters:
  ///   - points: how many points the searches for a cycle may store, at most.
  ///   - isOver: asked now and then; true ends the search without a result.
  init(
    _ graph: StepGraph, _ region: Region, _ arrays: JudgeArrays, levels: [Int], points: Int, isOver: @escaping () -> Bool
  ) {
    (self.graph, self.region, self.arrays, self.isOver) = (graph, region, arrays, isOver)
    stems = StemSearch(graph, region, arrays, levels: levels)
    cycles = CycleSearch(graph, region, arrays, points: points)
    next = stems.next()
  }

  mutating func find() {
    defer { arrays.mostPoints = max(arrays.mostPoints, cycles.mostPoints) }
    // To the first state that will do, and all at its distance.
    while starts.isEmpty, rest == nil, let distance = next?.distance { follow(upTo: distance) }
    guard let nearest = starts.first?.distance ?? rest?.distance else { return }
    // No cycle is shorter than two steps: a step that changes nothing is none.
    var reach = 2
    while true {
      follow(upTo: nearest + reach)
      if findCycle(ofAtMost: nearest + reach) { return }
      if let rest, rest.distance <= nearest + reach {
        best = Found(way: stems.way(to: rest.state), cycle: [])
        return
      }
      if cycles.isExhausted || reach > 1 << 40 { return giveUp() }
      reach *= 2
    }
  }

  /// Follows the stems, until the next state is farther away.
  private mutating func follow(upTo distance: Int) {
    while rest == nil, let here = next, here.distance <= distance {
      if FairComponents.standsStill(here.state, graph, region) {
        // Nothing that comes later can be as short.
        rest = here
      } else if arrays.nodes.base[here.state].part >= FairComponents.fair {
        starts.append(here)
      }
      visits += 1
      next = visits & 0xFFFF == 0 && isOver() ? nil : stems.next()
    }
  }

  /// Looks for the shortest lasso with a cycle, of at most `length` steps, and shorter than standing still.
  private mutating func findCycle(ofAtMost length: Int) -> Bool {
    var bound = min(length, (rest?.distance ?? .max) - 1)
    for start in starts where start.distance + 2 <= bound {
      guard let cycle = cycles.shortest(from: start.state, maximum: bound - start.distance) else {
        if cycles.isExhausted { break }
        continue
      }
      best = Found(way: stems.way(to: start.state), cycle: cycle)
      bound = start.distance + cycle.count - 1
    }
    if best != nil, cycles.isExhausted { isShortest = false }
    return best != nil
  }

  /// Any lasso, from the nearest state that will do.
  private mutating func giveUp() {
    isShortest = false
    if let rest { best = Found(way: stems.way(to: rest.state), cycle: []) }
    guard best == nil, let start = starts.first else { return }
    var greedy = GreedyCycle(through: start.state, graph, region, arrays)
    best = greedy.find(from: start.state).map { Found(way: stems.way(to: start.state), cycle: $0) }
  }
}
