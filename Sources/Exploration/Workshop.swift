import Synchronization

/// Where several threads expand a batch of states and store what it yields: a crew, and a place for what each stretch of the batch yields.
///
/// While they expand, slots of the table are claimed and nothing else of the store changes. Who takes which stretch does not matter: a state
/// that several yield is the first one's, and numbers go by the order of the states.
final class Workshop: @unchecked Sendable {
  /// States in a batch, at most, in a stretch, and the fewest that are worth a batch.
  private static let most = 65536
  private static let stretch = 256
  private static let leastBatch = 512
  /// Claims are numbers beyond those of states: so many are kept free for them.
  static let claims = Claims.order(stretch: most / stretch, entry: 0)

  private let crew: Crew
  private let width: Int
  private let labelCount: Int
  private let nextStretch = Atomic<Int>(0)
  private let harvests: Apart<Harvest>
  /// Where the harvests begin.
  private let bases: UnsafeMutablePointer<UnsafeMutablePointer<UInt64>>
  // One for each member.
  private let flocks: Apart<Flock>
  private let claims: Apart<Claims>
  private let tallies: Apart<Tally>
  private let members: Int
  private static let stretches = most / stretch

  init(_ system: TransitionSystem, threads: Int) {
    (width, labelCount) = (system.width, system.labelCount)
    crew = Crew(members: threads)
    let members = crew.count
    self.members = members
    harvests = Apart(count: Self.stretches) { _ in Harvest(width: system.width) }
    bases = .allocate(capacity: Self.stretches)
    for stretch in 0..<Self.stretches { (bases + stretch).initialize(to: harvests[stretch].pointee.base) }
    flocks = Apart(count: members) { _ in Flock(system) }
    claims = Apart(count: members) { _ in Claims() }
    tallies = Apart(count: members) { _ in Tally(labelCount: system.labelCount) }
  }

  deinit { bases.deallocate() }

  func close() { crew.close() }

  /// How many of `states` states are worth expanding together: all that they lead to has to find room before the table is looked at, be it
  /// one thread that finds it, and a state leads to two new ones at most, as a rule. Nil where one thread does it better.
  func batch(_ states: Int, _ store: borrowing StateStore) -> Int? {
    let batch = min(states, Self.most, store.spare / members / 2)
    return batch >= Self.leastBatch && store.count < StateStore.numbers - Self.claims ? batch : nil
  }

  /// Expands the states of `range`, a batch, and claims slots for what is new. False where that found no room.
  func reap(_ range: Range<Int>, of system: TransitionSystem, _ workers: Workers, _ writer: StateWriter) -> Bool {
    nextStretch.store(0, ordering: .relaxed)
    let stretches = Self.count(range)
    for stretch in 0..<stretches { harvests[stretch].pointee.removeAll() }
    crew.perform { [self] member in
      let claims = claims[member], tallies = tallies[member]
      claims.pointee.begin(writer, members: members)
      var tally = Tally(labelCount: labelCount)
      while !claims.pointee.isOverfull {
        let stretch = nextStretch.wrappingAdd(1, ordering: .relaxed).oldValue
        guard stretch < stretches else { break }
        let from = range.lowerBound + stretch * Self.stretch
        let states = from..<min(from + Self.stretch, range.upperBound)
        let harvest = harvests[stretch]
        harvest.pointee.reaper = member
        reap(states, stretch, of: system, workers[member], writer, member, &tally)
      }
      tallies.pointee = tally
    }
    return !(0..<members).contains { claims[$0].pointee.isOverfull }
  }

  static func count(_ range: Range<Int>) -> Int { (range.count + stretch - 1) / stretch }

  /// First and last entry of what a stretch of the last batch yielded.
  func entries(of stretch: Int) -> (first: UnsafeMutablePointer<UInt64>, last: UnsafeMutablePointer<UInt64>) {
    (harvests[stretch].pointee.base, harvests[stretch].pointee.next)
  }

  /// How many new states the first so many stretches yielded, if nobody has to hear of any of it.
  func countNew(_ stretches: Int, _ writer: StateWriter) -> Int? {
    guard (0..<stretches).allSatisfy({ harvests[$0].pointee.isPlain }) else { return nil }
    forEachOwn(stretches) { [width] harvest, stretch, _ in
      harvest.pointee.settle(SeenSlot.content(0, number: writer.count + Claims.order(stretch: stretch, entry: 0)), width)
    }
    return (0..<stretches).reduce(0) { $0 + harvests[$1].pointee.newCount }
  }

  /// Stores the states that were counted, with the numbers that one thread would give.
  func store(_ stretches: Int, _ writer: StateWriter) {
    var number = writer.count
    for stretch in 0..<stretches {
      harvests[stretch].pointee.number = number
      number += harvests[stretch].pointee.newCount
    }
    forEachOwn(stretches) { [self] harvest, _, member in harvest.pointee.write(writer, claims[member].pointee.added, width) }
    let growing = (0..<SeenTable.segmentCount).filter { i in
      writer.segments[i].add((0..<members).reduce(0) { $0 + claims[$1].pointee.added[i] })
    }
    if growing.isEmpty { return }
    crew.perform { [members] member in
      for i in stride(from: member, to: growing.count, by: members) { writer.segments[growing[i]].growAsNeeded() }
    }
  }

  /// Gives up all that the first so many stretches claimed.
  func takeBack(_ stretches: Int) {
    for stretch in 0..<stretches { harvests[stretch].pointee.takeBack(width) }
  }

  /// What all counted in the last batch.
  func total() -> Tally {
    var sum = Tally(labelCount: labelCount)
    for member in 0..<members { sum.add(tallies[member].pointee) }
    return sum
  }

  private func forEachOwn(
    _ stretches: Int, _ job: @escaping @Sendable (_ harvest: UnsafeMutablePointer<Harvest>, _ stretch: Int, _ member: Int) -> Void
  ) {
    crew.perform { [self] member in
      for stretch in 0..<stretches {
        let harvest = harvests[stretch]
        if harvest.pointee.reaper == member { job(harvest, stretch, member) }
      }
    }
  }

  private func reap(
    _ states: Range<Int>, _ stretch: Int, of system: TransitionSystem, _ worker: TransitionSystem.Worker, _ writer: StateWriter, _ member: Int,
    _ tally: inout Tally
  ) {
    let flock = flocks[member], harvest = harvests[stretch], claims = claims[member]
    switch width {
    case 1: reap(FixedWidth<1>(), states, stretch, of: system, worker, writer, &flock.pointee, &harvest.pointee, &claims.pointee, &tally)
    case 2: reap(FixedWidth<2>(), states, stretch, of: system, worker, writer, &flock.pointee, &harvest.pointee, &claims.pointee, &tally)
    case 3: reap(FixedWidth<3>(), states, stretch, of: system, worker, writer, &flock.pointee, &harvest.pointee, &claims.pointee, &tally)
    case 4: reap(FixedWidth<4>(), states, stretch, of: system, worker, writer, &flock.pointee, &harvest.pointee, &claims.pointee, &tally)
    case 5: reap(FixedWidth<5>(), states, stretch, of: system, worker, writer, &flock.pointee, &harvest.pointee, &claims.pointee, &tally)
    case 6: reap(FixedWidth<6>(), states, stretch, of: system, worker, writer, &flock.pointee, &harvest.pointee, &claims.pointee, &tally)
    default:
      reap(CountedWidth(words: width), states, stretch, of: system, worker, writer, &flock.pointee, &harvest.pointee, &claims.pointee, &tally)
    }
  }

  @inline(__always)
  private func reap(
    _ width: some StateWidth, _ states: Range<Int>, _ stretch: Int, of system: TransitionSystem, _ worker: TransitionSystem.Worker,
    _ writer: StateWriter, _ flock: inout Flock, _ harvest: inout Harvest, _ claims: inout Claims, _ tally: inout Tally
  ) {
    let k = width.words
    // Not optional in the loop: unwrapping it for each new state is a retain and a release.
    let expand = worker.expand, check = worker.check ?? { _ in 0 }
    let reader = writer.reader
    var order = Claims.order(stretch: stretch, entry: 0)
    var next = states.lowerBound
    while next < states.upperBound {
      let some = next..<min(next &+ Flock.most, states.upperBound)
      next = some.upperBound
      flock.expand(some, reader, k, expand)
      for from in some {
        var (entry, last) = flock.entries(from &- some.lowerBound)
        let verdict = entry == last ? system.quiescent?(reader.state(from, k)) ?? 0 : 0
        if !harvest.hasRoom(for: (last - entry) / (k &+ 2) &+ 1) {
          claims.isOverfull = true
          return
        }
        if verdict != 0 {
          harvest.put(reader.state(from, k), hash: 0, from: from, k)
          harvest.keep(nil, .quiescent(verdict), k)
          order = order &+ 1
        }
        tally.count(entry, last, k)
        while entry != last {
          let mark = entry[k], hash = entry[k &+ 1]
          if mark &>> 32 != 0 {
            harvest.put(entry, hash: Exploration.hash(entry, k), from: from, k)
            harvest.keep(nil, .step(mark, stateVerdict: check(entry)), k)
            order = order &+ 1
          } else if hash != Flock.met {
            // What this thread met in this batch before is in a harvest that is stored earlier.
            harvest.put(entry, hash: hash, from: from, k)
            if let slot = claims.claim(harvest.next, hash: hash, order: order, writer, bases, k) {
              harvest.keep(slot, .step(mark, stateVerdict: check(entry)), k)
              order = order &+ 1
            }
          }
          entry += k &+ 2
        }
        if claims.isOverfull { return }
      }
    }
  }
}
