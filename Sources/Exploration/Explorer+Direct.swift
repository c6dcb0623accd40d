extension Explorer {
  /// Expands states up to `limit` one after the other. False when the search is over: a violation, or a bound (`end`).
  ///
  /// The loop is compiled once for every usual width, with the width as a constant: the copies, the hash and the comparison
  /// are then straight code. A generic engine loses that as soon as it is called from another module.
  mutating func expandDirectly(upTo limit: Int, _ successors: inout Successors) -> Bool {
    switch width {
    case 1: expandStates(1, upTo: limit, &successors)
    case 2: expandStates(2, upTo: limit, &successors)
    case 3: expandStates(3, upTo: limit, &successors)
    case 4: expandStates(4, upTo: limit, &successors)
    case 5: expandStates(5, upTo: limit, &successors)
    case 6: expandStates(6, upTo: limit, &successors)
    default: expandStates(width, upTo: limit, &successors)
    }
  }

  @inline(__always)
  private mutating func expandStates(_ k: Int, upTo limit: Int, _ successors: inout Successors) -> Bool {
    let expand = system.expand
    let check = system.check
    let stride = k &+ 2
    while head < limit {
      let from = head
      head = head &+ 1
      successors.removeAll()
      expand(store.state(from, k), &successors)
      if successors.isEmpty {
        guard settleQuiescent(from) else { return false }
        continue
      }
      tally.count(successors, k)
      let last = successors.next
      var entry = successors.base
      while entry != last {
        let mark = entry[k]
        if mark &>> 32 != 0, !settleStep(entry, mark, from: from) { return false }
        switch store.insert(entry, hash: entry[k &+ 1], k, parent: from) {
        case .present: break
        case .added:
          if let check {
            let verdict = check(entry)
            if verdict != 0, !settleState(entry, verdict, from: from) { return false }
          }
        case .refused:
          end = .incomplete(store.refusal)
          return false
        }
        entry += stride
      }
    }
    return true
  }
}
