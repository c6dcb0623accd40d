import Synchronization

/// Where several threads expand a batch of states and store what it yields: a crew, and a place for what each stretch of the batch yields.
///
/// While they expand the store does not change, so they may look up in it without locks. While they store, each part of it is one thread's.
/// Who takes which stretch does not matter: a state that several yield is the first one's, and numbers go by the order of the states.
final class Workshop: @unchecked Sendable {
  /// States in a batch, in a stretch, and the fewest that are worth a batch.
  static let batch = 65536
  static let stretch = 256
  static let leastBatch = 1024

  private let crew: Crew
  private let width: Int
  private let labelCount: Int
  private let nextStretch = Atomic<Int>(0)
  private let harvests: Apart<Harvest>
  // One for each member.
  private let flocks: Apart<Flock>
  private let sieves: Apart<Sieve>
  private let tallies: Apart<Tally>
  private let members: Int
  private static let stretches = batch / stretch

  init(_ system: TransitionSystem, threads: Int) {
    (width, labelCount) = (system.width, system.labelCount)
    crew = Crew(members: threads)
    let members = crew.count
    self.members = members
    harvests = Apart(count: Self.stretches) { _ in Harvest(width: system.width) }
    flocks = Apart(count: members) { _ in Flock(system) }
    sieves = Apart(count: members) { Sieve(member: $0, of: members, stretches: Self.stretches) }
    tallies = Apart(count: members) { _ in Tally(labelCount: system.labelCount) }
  }

  func close() { crew.close() }

  /// Expands the states of `range`, at most `batch` of them.
  func reap(_ range: Range<Int>, of system: TransitionSystem, _ workers: Workers, _ reader: StateReader) {
    nextStretch.store(0, ordering: .relaxed)
    let stretches = Self.count(range)
    for member in 0..<members { tallies[member].pointee.clear() }
    crew.perform { [self] member in
      var tally = Tally(labelCount: labelCount)
      while true {
        let stretch = nextStretch.wrappingAdd(1, ordering: .relaxed).oldValue
        guard stretch < stretches else { break }
        let from = range.lowerBound + stretch * Self.stretch
        let states = from..<min(from + Self.stretch, range.upperBound)
        harvests[stretch].pointee.reaper = member
        Self.reap(width, states, of: system, workers[member], reader, &flocks[member].pointee, &harvests[stretch].pointee, &tally)
      }
      tallies[member].pointee = tally
    }
  }

  static func count(_ range: Range<Int>) -> Int { (range.count + stretch - 1) / stretch }

  /// First and last entry of what a stretch of the last batch yielded.
  func entries(of stretch: Int) -> (first: UnsafeMutablePointer<UInt64>, last: UnsafeMutablePointer<UInt64>) {
    (harvests[stretch].pointee.base, harvests[stretch].pointee.next)
  }

  /// What the first so many stretches yielded, if nobody has to hear of any of it.
  func plainCount(_ stretches: Int) -> Int? {
    var sum = 0
    for i in 0..<stretches {
      guard harvests[i].pointee.isPlain else { return nil }
      sum += harvests[i].pointee.count
    }
    return sum
  }

  /// Stores what the first so many stretches yielded, with the numbers that one thread would give, and counts the states that are new.
  func store(_ stretches: Int, _ writer: StateWriter) -> Int {
    crew.perform { [self] member in sieves[member].pointee.sift(harvests, stretches, writer, width) }
    // Only now is it known how many states come before a stretch's.
    var number = writer.count
    for stretch in 0..<stretches {
      harvests[stretch].pointee.number = number
      for member in 0..<members { number += sieves[member].pointee.counts[stretch] }
    }
    crew.perform { [self] member in
      for stretch in 0..<stretches where harvests[stretch].pointee.reaper == member { harvests[stretch].pointee.write(writer, width) }
    }
    crew.perform { [self] member in sieves[member].pointee.tellNumbers(width) }
    return number - writer.count
  }

  /// What all counted in the last batch.
  func total() -> Tally {
    var sum = Tally(labelCount: labelCount)
    for member in 0..<members { sum.add(tallies[member].pointee) }
    return sum
  }

  private static func reap(
    _ width: Int, _ states: Range<Int>, of system: TransitionSystem, _ worker: TransitionSystem.Worker, _ reader: StateReader,
    _ flock: inout Flock, _ harvest: inout Harvest, _ tally: inout Tally
  ) {
    switch width {
    case 1: reapStates(FixedWidth<1>(), states, of: system, worker, reader, &flock, &harvest, &tally)
    case 2: reapStates(FixedWidth<2>(), states, of: system, worker, reader, &flock, &harvest, &tally)
    case 3: reapStates(FixedWidth<3>(), states, of: system, worker, reader, &flock, &harvest, &tally)
    case 4: reapStates(FixedWidth<4>(), states, of: system, worker, reader, &flock, &harvest, &tally)
    case 5: reapStates(FixedWidth<5>(), states, of: system, worker, reader, &flock, &harvest, &tally)
    case 6: reapStates(FixedWidth<6>(), states, of: system, worker, reader, &flock, &harvest, &tally)
    default: reapStates(CountedWidth(words: width), states, of: system, worker, reader, &flock, &harvest, &tally)
    }
  }

  @inline(__always)
  private static func reapStates(
    _ width: some StateWidth, _ states: Range<Int>, of system: TransitionSystem, _ worker: TransitionSystem.Worker, _ reader: StateReader,
    _ flock: inout Flock, _ harvest: inout Harvest, _ tally: inout Tally
  ) {
    let k = width.words
    // Not optional in the loop: unwrapping it for each new state is a retain and a release.
    let expand = worker.expand, check = worker.check ?? { _ in 0 }
    harvest.removeAll()
    var next = states.lowerBound
    while next < states.upperBound {
      let some = next..<min(next &+ Flock.most, states.upperBound)
      next = some.upperBound
      flock.expand(some, reader, k, expand)
      for from in some {
        var (entry, last) = flock.entries(from &- some.lowerBound)
        if entry == last, let verdict = system.quiescent?(reader.state(from, k)), verdict != 0 {
          harvest.add(reader.state(from, k), hash: 0, mark: .quiescent(verdict), from: from, k)
        }
        tally.count(entry, last, k)
        while entry != last {
          let mark = entry[k], hash = entry[k &+ 1]
          if mark &>> 32 != 0 {
            harvest.add(entry, hash: Exploration.hash(entry, k), mark: .step(mark, stateVerdict: check(entry)), from: from, k)
          } else if hash != Flock.met, !reader.contains(entry, hash: hash, k) {
            // What this thread met in this batch before is in a harvest that is stored earlier.
            harvest.add(entry, hash: hash, mark: .step(mark, stateVerdict: check(entry)), from: from, k)
          }
          entry += k &+ 2
        }
      }
    }
  }
}
