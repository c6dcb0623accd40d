import Synchronization

extension StepGraph {
  /// States that a thread takes at once, and that are done between two looks at the clock.
  private static let stretch = 256
  private static let batch = 1 << 16

  /// Asks the facts of all stored states.
  func askFacts(_ liveness: Liveness, _ reader: StateReader, width: Int, _ crew: Crew) {
    let ask = liveness.facts
    sweep(0..<facts.count, crew) { [self] _, states in
      for index in states { facts.base[index] = ask(reader.state(index, width)) }
    }
  }

  /// Expands every state of the graph again. `pause` is asked after each batch; a reason ends it.
  /// - Parameter isWhole: all successors have to be found.
  func make(
    _ workers: Workers, _ reader: StateReader, width: Int, isWhole: Bool, _ crew: Crew, pause: (_ bytes: Int) -> Incompleteness?
  ) -> Incompleteness? {
    var from = 0
    while from < states {
      let batch = from..<min(from + Self.batch, states)
      sweep(batch, crew) { [self] in connect($1, width: width, workers[$0].expand, reader, isWhole) }
      if isUnrepeatable.load(ordering: .relaxed) { return .unrepeatable }
      if isTooWide.load(ordering: .relaxed) { return .indices }
      from = batch.upperBound
      if let reason = pause(bytes(expanded: from)) { return reason }
    }
    return nil
  }

  /// Calls `work` for stretches of `range` on all threads until none is left.
  private func sweep(_ range: Range<Int>, _ crew: Crew, _ work: @escaping @Sendable (_ member: Int, Range<Int>) -> Void) {
    let next = Counter()
    crew.perform { member in
      while true {
        let from = range.lowerBound + next.take() * Self.stretch
        guard from < range.upperBound else { break }
        work(member, from..<min(from + Self.stretch, range.upperBound))
      }
    }
  }

  private final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    func take() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
  }

  private func connect(
    _ states: Range<Int>, width: Int, _ expand: TransitionSystem.Worker.Expand, _ reader: StateReader, _ isWhole: Bool
  ) {
    switch width {
    case 1: connectStates(FixedWidth<1>(), states, expand, reader, isWhole)
    case 2: connectStates(FixedWidth<2>(), states, expand, reader, isWhole)
    case 3: connectStates(FixedWidth<3>(), states, expand, reader, isWhole)
    case 4: connectStates(FixedWidth<4>(), states, expand, reader, isWhole)
    case 5: connectStates(FixedWidth<5>(), states, expand, reader, isWhole)
    case 6: connectStates(FixedWidth<6>(), states, expand, reader, isWhole)
    default: connectStates(CountedWidth(words: width), states, expand, reader, isWhole)
    }
  }

  /// The edges of a stretch go to wherever there is room next. The place differs from run to run, the edges of a state and
  /// their order do not.
  @inline(__always)
  private func connectStates(
    _ width: some StateWidth, _ states: Range<Int>, _ expand: TransitionSystem.Worker.Expand, _ reader: StateReader, _ isWhole: Bool
  ) {
    let k = width.words
    var successors = Successors(width: k)
    var found: [UInt64] = []
    found.reserveCapacity(states.count * 16)
    // A state outside of all regions is in no violation: what leads out of it does not matter.
    for index in states where membership(facts.base[index]) != 0 {
      let state = reader.state(index, k)
      successors.removeAll()
      expand(state, &successors)
      let before = found.count
      vertices.base[index].enabled = gather(k, state, index, &successors, reader, isWhole, &found)
      guard found.count - before < 1 << StepGraph.Vertex.degreeBits else { return isTooWide.store(true, ordering: .relaxed) }
      vertices.base[index].edges = UInt64(found.count - before)
    }
    var at = used.wrappingAdd(found.count, ordering: .relaxed).oldValue
    // More edges than the search counted transitions.
    guard at + found.count <= targets.count else { return isUnrepeatable.store(true, ordering: .relaxed) }
    for i in 0..<found.count {
      targets.base[at + i] = UInt32(truncatingIfNeeded: found[i])
      targetKinds.base[at + i] = UInt8(truncatingIfNeeded: found[i] &>> 32)
    }
    for index in states {
      let degree = vertices.base[index].edges
      vertices.base[index].edges = UInt64(at) &<< StepGraph.Vertex.degreeBits | degree
      at += Int(degree)
    }
  }

  /// Finds the successors of one state, adds the edges that are kept, and gives what is enabled.
  @inline(__always)
  private func gather(
    _ k: Int, _ state: UnsafePointer<UInt64>, _ index: Int, _ successors: inout Successors, _ reader: StateReader,
    _ isWhole: Bool, _ found: inout [UInt64]
  ) -> UInt64 {
    let last = successors.next
    var entry = successors.base
    // All hashes first, then all look-ups, then what was found: the cache misses of each overlap.
    while entry != last {
      entry[k &+ 1] = hash(entry, k)
      entry += k &+ 2
    }
    entry = successors.base
    while entry != last {
      entry[k &+ 1] = UInt64(bitPattern: Int64(reader.find(entry, hash: entry[k &+ 1], k)))
      entry += k &+ 2
    }
    entry = successors.base
    var enabled: UInt64 = 0
    let mine = membership(facts.base[index])
    while entry != last {
      let target = Int(Int64(bitPattern: entry[k &+ 1]))
      let label = UInt32(truncatingIfNeeded: entry[k])
      entry += k &+ 2
      if target == index { continue }
      let kind = kinds.kind(of: label)
      enabled |= constraints[Int(kind)]
      if target < 0, isWhole { isUnrepeatable.store(true, ordering: .relaxed) }
      // Beyond the expanded states nothing is known of what a behaviour may do.
      guard target >= 0, target < self.states, mine & membership(facts.base[target]) != 0 else { continue }
      found.append(UInt64(kind) &<< 32 | UInt64(truncatingIfNeeded: target))
    }
    return enabled
  }
}
