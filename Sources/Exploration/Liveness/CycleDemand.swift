/// What a cycle has done so far about the constraints. It only ever does more.
struct CycleDemand: Hashable {
  /// Constraints that a step took, and weak ones that were not enabled in some state.
  var served: UInt64 = 0
  /// Strong constraints that were enabled in some state.
  var seen: UInt64 = 0
  var misses = false

  /// The walk comes into a state.
  @inline(__always) mutating func visit(_ state: Int, _ graph: StepGraph, _ region: Region) {
    let enabled = graph.vertices.base[state].enabled
    served |= ~enabled & graph.kinds.weak
    seen |= enabled & graph.kinds.strong
    misses = misses || region.misses(graph.facts.base[state])
  }

  @inline(__always) mutating func take(_ edge: Int, _ graph: StepGraph) {
    served |= graph.constraints[Int(graph.targetKinds.base[edge])]
  }

  /// Whether a cycle that has done this is fair, and bad.
  @inline(__always) func isMet(_ graph: StepGraph) -> Bool { misses && (graph.kinds.weak | seen) & ~served == 0 }
}
