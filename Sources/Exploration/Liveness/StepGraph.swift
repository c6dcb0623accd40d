import Synchronization

/// The stored states as a graph, made once for all properties by expanding each state again.
///
/// An edge takes five bytes: the number of the state it leads to and the kind of its label. Kept are the edges that a
/// violation can use: those between two states of some property's region, less the stutters. What is enabled in a state
/// counts all its successors, wherever they lead.
///
/// Filled by several threads, each its own states; read by one.
final class StepGraph: @unchecked Sendable {
  struct Vertex {
    /// Where its edges begin, above how many there are.
    var edges: UInt64
    /// The fairness constraints that have a step here.
    var enabled: UInt64

    static let degreeBits: UInt64 = 24
    @inline(__always) var first: Int { Int(truncatingIfNeeded: edges &>> Self.degreeBits) }
    @inline(__always) var degree: Int { Int(truncatingIfNeeded: edges & (1 &<< Self.degreeBits &- 1)) }
  }

  /// States 0..<states are in the graph: those that were expanded.
  let states: Int
  let kinds: LabelKinds
  /// The constraints of each kind of label.
  let constraints: [UInt64]
  let regions: [Region]
  let facts: PageArray<UInt32>
  let vertices: PageArray<Vertex>
  let targets: PageArray<UInt32>
  let targetKinds: PageArray<UInt8>
  let used = Atomic<Int>(0)
  /// Set when a successor was not found, or the edges do not fit.
  let isUnrepeatable = Atomic<Bool>(false)
  let isTooWide = Atomic<Bool>(false)

  /// - Parameters:
  ///   - stored: how many states facts are asked of.
  ///   - states: how many of them were expanded.
  ///   - transitions: steps out of them: there can not be more edges.
  /// - Returns: nil if the kernel refuses address space.
  init?(_ liveness: Liveness, labelCount: Int, stored: Int, states: Int, transitions: Int) {
    guard let facts = PageArray<UInt32>(count: stored), let vertices = PageArray<Vertex>(count: states),
      let targets = PageArray<UInt32>(count: transitions), let targetKinds = PageArray<UInt8>(count: transitions)
    else { return nil }
    self.states = states
    kinds = LabelKinds(liveness.fairness, labelCount: labelCount)
    constraints = kinds.constraints
    regions = liveness.properties.map(\.region)
    self.facts = facts
    self.vertices = vertices
    self.targets = targets
    self.targetKinds = targetKinds
  }

  /// The regions that a state with these facts is in, as bits.
  @inline(__always) func membership(_ facts: UInt32) -> UInt64 {
    var bits: UInt64 = 0
    regions.withUnsafeBufferPointer { regions in
      for i in 0..<regions.count where regions[i].contains(facts) { bits |= 1 &<< UInt64(i) }
    }
    return bits
  }

  var edgeCount: Int { used.load(ordering: .relaxed) }

  /// Bytes touched when `expanded` states are in it.
  func bytes(expanded: Int) -> Int {
    PageArray<UInt32>.touched(facts.count) + PageArray<Vertex>.touched(expanded) + PageArray<UInt32>.touched(edgeCount)
      + PageArray<UInt8>.touched(edgeCount)
  }
}
