/// Finds a shortest fair cycle through a state, breadth first over states together with what the walk has done so far. Their
/// number can be exponential in the constraints, so there is a budget; what is found within it is a shortest cycle.
struct CycleSearch {
  private struct Point: Hashable {
    var state: UInt32
    var demand: CycleDemand

    /// One word for the hasher in the place of five: most of the search's time is spent here.
    func hash(into hasher: inout Hasher) {
      let word = (UInt64(state) << 1 | (demand.misses ? 1 : 0)) &* 0x9E37_79B9_7F4A_7C15
      hasher.combine((word ^ demand.served) &* 0xD6E8_FEB8_6659_FD93 ^ demand.seen)
    }
  }

  private let graph: StepGraph
  private let region: Region
  private let arrays: JudgeArrays
  /// Points that may still be stored, by all searches for one property together.
  private var budget: Int
  /// Whether a search was cut short by the budget.
  private(set) var isExhausted = false

  /// The most points that one search stored.
  private(set) var mostPoints = 0

  init(_ graph: StepGraph, _ region: Region, _ arrays: JudgeArrays, points: Int) {
    (self.graph, self.region, self.arrays) = (graph, region, arrays)
    budget = min(points, max(graph.states / 32, 1 << 16), 1 << 19)
  }

  /// Bytes that a point takes: with how it was reached, and again in the set, which is half full at worst.
  static let bytesPerPoint = 160

  /// The edges of a shortest fair cycle from `start` back to it within its part, of at most `maximum` steps; nil if there is none,
  /// or if the budget did not suffice.
  mutating func shortest(from start: Int, maximum: Int) -> [Int]? {
    let part = arrays.nodes.base[start].part
    var demand = CycleDemand()
    demand.visit(start, graph, region)
    var points = [Point(state: UInt32(truncatingIfNeeded: start), demand: demand)]
    var arrivals: [(from: Int, edge: Int)] = [(0, 0)]
    var known: Set<Point> = [points[0]]
    var (at, steps, levelEnd) = (0, 1, 1)
    defer { mostPoints = max(mostPoints, points.count) }
    while at < points.count {
      if at == levelEnd { (steps, levelEnd) = (steps + 1, points.count) }
      if steps > maximum { return nil }
      let vertex = graph.vertices.base[Int(points[at].state)]
      for edge in vertex.first..<vertex.first + vertex.degree {
        let target = Int(graph.targets.base[edge])
        guard arrays.nodes.base[target].part == part else { continue }
        var next = Point(state: UInt32(truncatingIfNeeded: target), demand: points[at].demand)
        next.demand.take(edge, graph)
        next.demand.visit(target, graph, region)
        if target == start, next.demand.isMet(graph) { return way(to: at, arrivals) + [edge] }
        guard known.insert(next).inserted else { continue }
        guard budget > 0 else {
          isExhausted = true
          return nil
        }
        budget -= 1
        points.append(next)
        arrivals.append((at, edge))
      }
      at += 1
    }
    return nil
  }

  private func way(to point: Int, _ arrivals: [(from: Int, edge: Int)]) -> [Int] {
    var edges: [Int] = []
    var at = point
    while at != 0 {
      edges.append(arrivals[at].edge)
      at = arrivals[at].from
    }
    return edges.reversed()
  }
}
