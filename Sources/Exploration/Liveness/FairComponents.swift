/// Finds where behaviours that count can remain for ever within a region: its fair components.
///
/// Strongly connected components by one depth-first search with the stack of component roots (Gabow 2000; the roots carry
/// what their components take and enable, after Couvreur 1999). A component in which an action is always enabled and never
/// taken has no fair cycle if the action is weakly fair. If it is strongly fair, a fair cycle can only be among the states
/// that do not enable it: they are decomposed again (Streett's condition, Emerson and Lei 1987), at most once for every
/// strong constraint. What is left are components in which a walk through all states and edges is fair.
struct FairComponents {
  /// Parts: 0 is out, 1... are pieces still to be decomposed, and from here on each number is a fair component.
  static let fair: UInt32 = 1 << 31

  let graph: StepGraph
  let region: Region
  let arrays: JudgeArrays
  let pause: (_ bytes: Int) -> Incompleteness?
  /// Whether there is a fair component or a state in which a behaviour may stand still.
  private(set) var isViolated = false
  /// Whether there was a source.
  private(set) var hasSource = false
  private var nextPart: UInt32 = 2
  private var nextFair = fair
  private var visits = 0
  private var again = 0

  init(_ graph: StepGraph, _ region: Region, _ arrays: JudgeArrays, pause: @escaping (_ bytes: Int) -> Incompleteness?) {
    (self.graph, self.region, self.arrays, self.pause) = (graph, region, arrays, pause)
  }

  /// Whether a behaviour may stand still in a state of the region, and misses something by it.
  @inline(__always) static func standsStill(_ state: Int, _ graph: StepGraph, _ region: Region) -> Bool {
    graph.vertices.base[state].enabled == 0 && region.misses(graph.facts.base[state])
  }

  /// Gives each state its part. A reason if it was not done to the end.
  mutating func find() -> Incompleteness? {
    let nodes = arrays.nodes.base
    let facts = graph.facts.base
    for state in 0..<graph.states { nodes[state] = .init(part: region.contains(facts[state]) ? 1 : 0, number: 0) }
    // Nothing that is not reached from a source inside the region belongs to a violation.
    for state in 0..<graph.states where region.begins(state, facts[state]) {
      hasSource = true
      guard nodes[state].part == 1 else { continue }
      if let reason = explore(from: state, part: 1, arrays.first.base) { return reason }
    }
    var (list, other) = (arrays.first.base, arrays.second.base)
    while again > 0, nextPart < Self.fair {
      let count = again
      let next = nextPart
      again = 0
      for i in 0..<count {
        let state = Int(list[i])
        // Done with if it got a part that is newer, out or fair meanwhile.
        guard nodes[state].part > 0, nodes[state].part < next else { continue }
        if let reason = explore(from: state, part: nodes[state].part, other) { return reason }
      }
      swap(&list, &other)
    }
    return nextPart < Self.fair ? nil : .indices
  }

  /// Decomposes what can be reached from a state within its part. Afterwards none of these states is in that part.
  private mutating func explore(from start: Int, part: UInt32, _ list: UnsafeMutablePointer<UInt32>) -> Incompleteness? {
    let (nodes, frames, roots) = (arrays.nodes.base, arrays.frames.base, arrays.roots.base)
    let (targets, kinds) = (graph.targets.base, graph.targetKinds.base)
    var (depth, top, held) = (0, 0, 0)
    var counter: UInt32 = 0
    var entering = start
    var entry: UInt64 = 0
    let constraints = graph.constraints
    return constraints.withUnsafeBufferPointer { constraints in
      while true {
        counter &+= 1
        nodes[entering].number = counter
        arrays.order.base[held] = UInt32(truncatingIfNeeded: entering)
        held &+= 1
        frames[depth] = .init(state: UInt32(truncatingIfNeeded: entering), done: 0)
        depth &+= 1
        roots[top] = root(entering, entry, counter)
        top &+= 1
        arrays.deepest = max(arrays.deepest, depth)
        arrays.mostRoots = max(arrays.mostRoots, top)
        visits &+= 1
        if visits & 0xFFFF == 0, let reason = pause(arrays.bytes) { return reason }

        var next = -1
        while depth > 0, next < 0 {
          let frame = frames[depth &- 1]
          let state = Int(frame.state)
          let vertex = graph.vertices.base[state]
          let (first, degree) = (vertex.first, vertex.degree)
          var done = Int(frame.done)
          while done < degree {
            let target = Int(targets[first &+ done])
            let taken = constraints[Int(kinds[first &+ done])]
            done &+= 1
            let node = nodes[target]
            // Another part, or complete.
            if node.part != part { continue }
            if node.number == 0 {
              (next, entry) = (target, taken)
              break
            }
            // The target's component is not complete, so it leads back to this state: all components between them are one.
            while roots[top &- 1].number > node.number {
              top &-= 1
              roots[top &- 1].absorb(roots[top])
            }
            roots[top &- 1].taken |= taken
            roots[top &- 1].hasStep = true
          }
          frames[depth &- 1].done = UInt32(truncatingIfNeeded: done)
          if next >= 0 { break }
          depth &-= 1
          if roots[top &- 1].number == nodes[state].number {
            top &-= 1
            held = close(roots[top], held, list)
          }
        }
        if next < 0 { return nil }
        entering = next
      }
    }
  }

  @inline(__always) private mutating func root(_ state: Int, _ entry: UInt64, _ number: UInt32) -> ComponentRoot {
    let enabled = graph.vertices.base[state].enabled
    // For most properties every state of the region will do: one cache miss less.
    let misses = region.avoiding == 0 || region.misses(graph.facts.base[state])
    if enabled == 0, misses { isViolated = true }
    return ComponentRoot(
      entry: entry, taken: 0, somewhere: enabled, everywhere: enabled, number: number, misses: misses, hasStep: false)
  }

  /// A component is complete: the states on top of the stack down to its root. How many are left there.
  @inline(__always)
  private mutating func close(_ root: ComponentRoot, _ held: Int, _ list: UnsafeMutablePointer<UInt32>) -> Int {
    let (nodes, order) = (arrays.nodes.base, arrays.order.base)
    var part: UInt32 = 0
    var unserved: UInt64 = 0
    if root.hasStep, root.misses, graph.kinds.weak & root.everywhere & ~root.taken == 0 {
      unserved = graph.kinds.strong & root.somewhere & ~root.taken
      if unserved == 0 {
        isViolated = true
        part = nextFair
        nextFair += 1
      } else if unserved & root.everywhere == 0 {
        part = nextPart
        // Out of numbers: `find` gives up.
        if nextPart < Self.fair { nextPart += 1 }
      }
    }
    var at = held
    while true {
      at &-= 1
      let state = Int(order[at])
      let isRoot = nodes[state].number == root.number
      if part == 0 || part >= Self.fair {
        nodes[state].part = part
      } else if graph.vertices.base[state].enabled & unserved == 0 {
        nodes[state] = .init(part: part, number: 0)
        list[again] = UInt32(truncatingIfNeeded: state)
        again &+= 1
      } else {
        nodes[state].part = 0
      }
      if isRoot { break }
    }
    arrays.mostAgain = max(arrays.mostAgain, again)
    return at
  }
}
