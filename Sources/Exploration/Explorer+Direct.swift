extension Explorer {
  /// Expands states up to `limit` one after the other. False when the search is over: a violation, or a bound (`end`).
  ///
  /// The loop is compiled once for every usual width, with the width as a constant: the copies, the hash and the comparison
  /// are then straight code. A generic engine loses that as soon as it is called from another module.
  mutating func expandDirectly(upTo limit: Int, _ flock: inout Flock) -> Bool {
    switch width {
    case 1: expandStates(FixedWidth<1>(), upTo: limit, &flock)
    case 2: expandStates(FixedWidth<2>(), upTo: limit, &flock)
    case 3: expandStates(FixedWidth<3>(), upTo: limit, &flock)
    case 4: expandStates(FixedWidth<4>(), upTo: limit, &flock)
    case 5: expandStates(FixedWidth<5>(), upTo: limit, &flock)
    case 6: expandStates(FixedWidth<6>(), upTo: limit, &flock)
    default: expandStates(CountedWidth(words: width), upTo: limit, &flock)
    }
  }

  @inline(__always)
  private mutating func expandStates(_ width: some StateWidth, upTo limit: Int, _ flock: inout Flock) -> Bool {
    let k = width.words
    // Not optional in the loop: unwrapping it for each new state is a retain and a release.
    let expand = workers[0].expand, check = workers[0].check ?? { _ in 0 }
    while head < limit {
      let states = head..<min(head &+ Flock.most, limit)
      flock.expand(states, store.reader, k, expand)
      for index in states {
        let (first, last) = flock.entries(index &- states.lowerBound)
        head = index &+ 1
        guard storeSteps(k, of: index, first, last, check) else { return false }
      }
    }
    return true
  }

  /// Stores what one state leads to. False when the search is over.
  @inline(__always)
  private mutating func storeSteps(
    _ k: Int, of from: Int, _ first: UnsafeMutablePointer<UInt64>, _ last: UnsafeMutablePointer<UInt64>,
    _ check: TransitionSystem.Worker.Check
  ) -> Bool {
    if first == last { return settleQuiescent(from) }
    tally.count(first, last, k)
    var entry = first
    while entry != last {
      let mark = entry[k]
      if mark &>> 32 != 0, !settleStep(entry, mark, from: from) { return false }
      // What was met a moment ago is stored by now.
      switch entry[k &+ 1] == Flock.met ? .present : store.insert(entry, hash: entry[k &+ 1], k, parent: from) {
      case .present: break
      case .added:
        let verdict = check(entry)
        if verdict != 0, !settleState(entry, verdict, from: from) { return false }
      case .refused:
        end = .incomplete(store.refusal)
        return false
      }
      entry += k &+ 2
    }
    return true
  }
}
