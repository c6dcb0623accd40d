import Synchronization

/// Where several threads expand a batch of states: a crew, and a place for what each stretch of the batch yields.
///
/// While they work the store does not change, so they may look up in it without locks. What they do is a function of the
/// stretch alone, and who takes which does not matter: the harvests are stored in the order of the states.
final class Workshop: @unchecked Sendable {
  /// States in a batch, in a stretch, and the fewest that are worth a batch.
  static let batch = 8192
  static let stretch = 128
  static let leastBatch = 512

  private let crew: Crew
  private let width: Int
  private let labelCount: Int
  private let nextStretch = Atomic<Int>(0)
  private let harvests: UnsafeMutablePointer<Harvest>
  private let tallies: UnsafeMutablePointer<Tally>
  private let members: Int
  private static let stretches = batch / stretch

  init(width: Int, labelCount: Int, threads: Int) {
    (self.width, self.labelCount, members) = (width, labelCount, threads)
    crew = Crew(members: threads)
    harvests = .allocate(capacity: Self.stretches)
    for i in 0..<Self.stretches { (harvests + i).initialize(to: Harvest(width: width)) }
    tallies = .allocate(capacity: threads)
    tallies.initialize(repeating: Tally(labelCount: labelCount), count: threads)
  }

  deinit {
    harvests.deinitialize(count: Self.stretches).deallocate()
    tallies.deinitialize(count: members).deallocate()
  }

  func close() { crew.close() }

  /// Expands the states of `range`, at most `batch` of them.
  func reap(_ range: Range<Int>, of system: TransitionSystem, _ workers: Workers, _ reader: StateReader) {
    nextStretch.store(0, ordering: .relaxed)
    let stretches = Self.count(range)
    for member in 0..<members { tallies[member].clear() }
    crew.perform { [self] member in
      var successors = Successors(width: width)
      var tally = Tally(labelCount: labelCount)
      while true {
        let stretch = nextStretch.wrappingAdd(1, ordering: .relaxed).oldValue
        guard stretch < stretches else { break }
        let from = range.lowerBound + stretch * Self.stretch
        let states = from..<min(from + Self.stretch, range.upperBound)
        Self.reap(width, states, of: system, workers[member], reader, &successors, &harvests[stretch], &tally)
      }
      tallies[member] = tally
    }
  }

  static func count(_ range: Range<Int>) -> Int { (range.count + stretch - 1) / stretch }

  /// First and last entry of what a stretch of the last batch yielded.
  func entries(of stretch: Int) -> (first: UnsafeMutablePointer<UInt64>, last: UnsafeMutablePointer<UInt64>) {
    (harvests[stretch].base, harvests[stretch].next)
  }

  /// What all counted in the last batch.
  func total() -> Tally {
    var sum = Tally(labelCount: labelCount)
    for member in 0..<members { sum.add(tallies[member]) }
    return sum
  }

  private static func reap(
    _ width: Int, _ states: Range<Int>, of system: TransitionSystem, _ worker: TransitionSystem.Worker, _ reader: StateReader,
    _ successors: inout Successors, _ harvest: inout Harvest, _ tally: inout Tally
  ) {
    switch width {
    case 1: reapStates(FixedWidth<1>(), states, of: system, worker, reader, &successors, &harvest, &tally)
    case 2: reapStates(FixedWidth<2>(), states, of: system, worker, reader, &successors, &harvest, &tally)
    case 3: reapStates(FixedWidth<3>(), states, of: system, worker, reader, &successors, &harvest, &tally)
    case 4: reapStates(FixedWidth<4>(), states, of: system, worker, reader, &successors, &harvest, &tally)
    case 5: reapStates(FixedWidth<5>(), states, of: system, worker, reader, &successors, &harvest, &tally)
    case 6: reapStates(FixedWidth<6>(), states, of: system, worker, reader, &successors, &harvest, &tally)
    default: reapStates(CountedWidth(words: width), states, of: system, worker, reader, &successors, &harvest, &tally)
    }
  }

  @inline(__always)
  private static func reapStates(
    _ width: some StateWidth, _ states: Range<Int>, of system: TransitionSystem, _ worker: TransitionSystem.Worker, _ reader: StateReader,
    _ successors: inout Successors, _ harvest: inout Harvest, _ tally: inout Tally
  ) {
    let k = width.words
    let expand = worker.expand, check = worker.check
    harvest.removeAll()
    var flock = Flock()
    var next = states.lowerBound
    while next < states.upperBound {
      let some = next..<min(next &+ Flock.most, states.upperBound)
      next = some.upperBound
      flock.expand(some, reader, k, expand, &successors)
      for from in some {
        var (entry, last) = flock.entries(from &- some.lowerBound, successors)
        if entry == last, let verdict = system.quiescent?(reader.state(from, k)), verdict != 0 {
          harvest.add(reader.state(from, k), hash: 0, mark: .quiescent(verdict), from: from, k)
        }
        tally.count(entry, last, k)
        while entry != last {
          let mark = entry[k]
          if mark &>> 32 != 0 || !reader.contains(entry, hash: entry[k &+ 1], k) {
            harvest.add(entry, hash: entry[k &+ 1], mark: .step(mark, stateVerdict: check?(entry) ?? 0), from: from, k)
          }
          entry += k &+ 2
        }
      }
    }
  }
}
