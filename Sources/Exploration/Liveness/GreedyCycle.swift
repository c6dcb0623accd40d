/// Some fair cycle through a state of a fair component, whatever its size: always on to the nearest state or step that does
/// something about a constraint that is still open, and home at the end.
struct GreedyCycle {
  private let graph: StepGraph
  private let region: Region
  private let arrays: JudgeArrays
  private let part: UInt32
  /// The strong constraints that the component enables somewhere; it takes each of them.
  private let strong: UInt64
  private var leg: UInt32 = 0

  init(through start: Int, _ graph: StepGraph, _ region: Region, _ arrays: JudgeArrays) {
    (self.graph, self.region, self.arrays) = (graph, region, arrays)
    let part = arrays.nodes.base[start].part
    var enabled: UInt64 = 0
    for state in 0..<graph.states {
      if arrays.nodes.base[state].part == part { enabled |= graph.vertices.base[state].enabled }
      arrays.trail.base[state].leg = 0
    }
    self.part = part
    strong = enabled & graph.kinds.strong
  }

  /// The edges of the cycle; nil only if `start` is in no fair component.
  mutating func find(from start: Int) -> [Int]? {
    let (graph, region) = (graph, region)
    var demand = CycleDemand()
    demand.visit(start, graph, region)
    var edges: [Int] = []
    var state = start
    while true {
      let open = (graph.kinds.weak | strong) & ~demand.served
      let isDone = open == 0 && demand.misses
      if isDone, state == start, !edges.isEmpty { return edges }
      let found = nearest(from: state) { edge, target in
        if isDone { return target == start }
        var next = demand
        next.take(edge, graph)
        next.visit(target, graph, region)
        return next.served & open != 0 || next.misses && !demand.misses
      }
      guard let found else { return nil }
      for edge in found {
        demand.take(edge, graph)
        demand.visit(Int(graph.targets.base[edge]), graph, region)
      }
      edges += found
      state = found.last.map { Int(graph.targets.base[$0]) } ?? state
    }
  }

  /// The edges to the nearest one that is a goal, that one included.
  private mutating func nearest(from start: Int, isGoal: (_ edge: Int, _ target: Int) -> Bool) -> [Int]? {
    leg += 1
    let (trail, queue) = (arrays.trail.base, arrays.queue.base)
    trail[start].leg = leg
    queue[0] = UInt32(truncatingIfNeeded: start)
    var (head, tail) = (0, 1)
    while head < tail {
      let state = Int(queue[head])
      head += 1
      let vertex = graph.vertices.base[state]
      for i in 0..<vertex.degree {
        let target = Int(graph.targets.base[vertex.first + i])
        guard arrays.nodes.base[target].part == part else { continue }
        if isGoal(vertex.first + i, target) { return way(from: start, to: state) + [vertex.first + i] }
        guard trail[target].leg != leg else { continue }
        trail[target] = .init(from: UInt32(truncatingIfNeeded: state), edge: UInt32(truncatingIfNeeded: i), leg: leg)
        queue[tail] = UInt32(truncatingIfNeeded: target)
        tail += 1
      }
    }
    return nil
  }

  private func way(from start: Int, to state: Int) -> [Int] {
    var edges: [Int] = []
    var at = state
    while at != start {
      let trace = arrays.trail.base[at]
      edges.append(graph.vertices.base[Int(trace.from)].first + Int(trace.edge))
      at = Int(trace.from)
    }
    return edges.reversed()
  }
}
