/// The arrays that judging one property after the other takes: 12 bytes a state, 48 more for each state of the longest path of
/// the depth-first search, 8 for each state that strong fairness wants looked at again, and 36 where a lasso is looked for.
final class JudgeArrays {
  /// What is known of a state: the piece of the graph it belongs to, and its number in a search of that piece.
  struct Node {
    var part: UInt32
    var number: UInt32
  }

  /// A state on the path of the depth-first search, and how many of its edges were looked at.
  struct Frame {
    var state: UInt32
    var done: UInt32
  }

  /// How a state was reached: by which edge of which state, in which leg.
  struct Trace {
    var from: UInt32
    var edge: UInt32
    var leg: UInt32
  }

  let nodes: PageArray<Node>
  /// States of the components that are not complete; the queue of the search for a stem.
  let order: PageArray<UInt32>
  let frames: PageArray<Frame>
  let roots: PageArray<ComponentRoot>
  /// States to look at again.
  let first: PageArray<UInt32>
  let second: PageArray<UInt32>
  /// From where the search for a stem, and that for the next leg of a cycle, came to a state.
  let parents: PageArray<UInt32>
  let trail: PageArray<Trace>
  let queue: PageArray<UInt32>
  /// The greatest number of elements ever used, of those that are not filled from end to end.
  var deepest = 0
  var mostRoots = 0
  var mostAgain = 0
  var mostPoints = 0
  /// Whether a lasso was looked for.
  var hasLasso = false

  /// Nil if the kernel refuses address space.
  init?(states: Int) {
    guard let nodes = PageArray<Node>(count: states), let order = PageArray<UInt32>(count: states),
      let frames = PageArray<Frame>(count: states), let roots = PageArray<ComponentRoot>(count: states),
      let first = PageArray<UInt32>(count: states), let second = PageArray<UInt32>(count: states),
      let parents = PageArray<UInt32>(count: states), let trail = PageArray<Trace>(count: states),
      let queue = PageArray<UInt32>(count: states)
    else { return nil }
    self.nodes = nodes
    self.order = order
    self.frames = frames
    self.roots = roots
    self.first = first
    self.second = second
    self.parents = parents
    self.trail = trail
    self.queue = queue
  }

  /// Bytes that judging any property takes, however easy it is.
  var fixedBytes: Int { PageArray<Node>.touched(nodes.count) + PageArray<UInt32>.touched(order.count) }

  /// Bytes that looking for a lasso takes, with the list of where cycles may begin.
  var lassoBytes: Int {
    2 * PageArray<UInt32>.touched(parents.count) + PageArray<Trace>.touched(trail.count) + 16 * nodes.count
  }

  /// Bytes touched so far; more than are, where only some states were looked at.
  var bytes: Int {
    fixedBytes + PageArray<Frame>.touched(deepest)
      + PageArray<ComponentRoot>.touched(mostRoots) + 2 * PageArray<UInt32>.touched(mostAgain)
      + (hasLasso ? lassoBytes : 0) + mostPoints * CycleSearch.bytesPerPoint
  }
}

/// A component that the depth-first search is still in, so far.
struct ComponentRoot {
  /// The constraints that the step into it from the component below takes.
  var entry: UInt64
  /// The constraints that a step between two of its states takes,
  var taken: UInt64
  /// that are enabled in some of its states,
  var somewhere: UInt64
  /// that are enabled in all of them.
  var everywhere: UInt64
  /// The number of its first state.
  var number: UInt32
  /// Whether some of its states miss what has to be missed.
  var misses: Bool
  /// Whether a step leads from one of its states to another one.
  var hasStep: Bool

  @inline(__always) mutating func absorb(_ other: ComponentRoot) {
    taken |= other.taken | other.entry
    somewhere |= other.somewhere
    everywhere &= other.everywhere
    misses = misses || other.misses
    hasStep = true
  }
}
