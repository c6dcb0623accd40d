extension Explorer {
  /// Expands the states up to `limit` with the whole crew, who store what they found. Where something in it can end the search, a verdict
  /// or a bound that is near, one thread stores all of it in order, exactly as if it had expanded the states itself.
  mutating func expandBatch(upTo limit: Int, _ workshop: Workshop, _ flock: inout Flock) -> Bool {
    let states = head..<limit
    let stretches = Workshop.count(states)
    let writer = store.writer
    guard workshop.reap(states, of: system, workers, writer) else {
      workshop.takeBack(stretches)
      return expandDirectly(upTo: limit, &flock)
    }
    if let new = workshop.countNew(stretches, writer), store.hasRoom(for: new) {
      workshop.store(stretches, writer)
      store.add(new)
      head = limit
      tally.add(workshop.total())
      return true
    }
    workshop.takeBack(stretches)
    for stretch in 0..<stretches {
      let (first, last) = workshop.entries(of: stretch)
      guard let stop = storeHarvest(first, last) else { continue }
      // The crew counted states that one thread would not have come to: count again.
      head = stop + 1
      for index in states.lowerBound...stop {
        flock.successors.removeAll()
        system.expand(store.state(index, width), &flock.successors)
        tally.count(flock.successors.base, flock.successors.next, width)
      }
      return false
    }
    head = limit
    tally.add(workshop.total())
    return true
  }

  private mutating func storeHarvest(_ first: UnsafeMutablePointer<UInt64>, _ last: UnsafeMutablePointer<UInt64>) -> Int? {
    switch width {
    case 1: storeEntries(FixedWidth<1>(), first, last)
    case 2: storeEntries(FixedWidth<2>(), first, last)
    case 3: storeEntries(FixedWidth<3>(), first, last)
    case 4: storeEntries(FixedWidth<4>(), first, last)
    case 5: storeEntries(FixedWidth<5>(), first, last)
    case 6: storeEntries(FixedWidth<6>(), first, last)
    default: storeEntries(CountedWidth(words: width), first, last)
    }
  }

  /// The state at which the search is over, or nil.
  @inline(__always) private mutating func storeEntries(
    _ width: some StateWidth, _ first: UnsafeMutablePointer<UInt64>, _ last: UnsafeMutablePointer<UInt64>
  ) -> Int? {
    let k = width.words
    var entry = first
    var ahead = first
    let reader = store.reader
    while entry != last {
      // The table is larger than any cache: what will be looked up soon is asked for now.
      while ahead != last, ahead - entry <= 12 &* (k &+ 4) {
        reader.announceSlot(ahead[k])
        ahead += k &+ 4
      }
      let mark = Harvest.Mark(bits: entry[k &+ 1])
      let from = Int(truncatingIfNeeded: entry[k &+ 2])
      if mark.isQuiescent {
        guard settleQuiescent(from) else { return from }
      } else {
        if mark.verdict != 0, !settleStep(entry, mark.step, from: from) { return from }
        switch store.insert(entry, hash: entry[k], k, parent: from) {
        case .present: break
        case .added:
          if mark.stateVerdict != 0, !settleState(entry, mark.stateVerdict, from: from) { return from }
        case .refused:
          end = .incomplete(store.refusal)
          return from
        }
      }
      entry += k &+ 4
    }
    return nil
  }
}
