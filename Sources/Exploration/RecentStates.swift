/// States that this thread met a moment ago, whose look-up somebody is at or has done already. Two steps that do not depend on each other
/// lead to the same state in either order, and soon one after the other: more than half of all successors are met here again.
///
/// One place for each of many hashes; what comes later stays. Nothing rests on what was forgotten.
struct RecentStates: ~Copyable {
  /// What fits into the cache of a core, beside what else is there.
  private static let places = 1 << 13
  private let words: UnsafeMutablePointer<UInt64>

  /// - Parameter known: a state that is stored already: whatever place is empty says that of it.
  init(_ known: [UInt64]) {
    words = .allocate(capacity: Self.places * known.count)
    for place in 0..<Self.places {
      for (i, word) in known.enumerated() { (words + place * known.count + i).initialize(to: word) }
    }
  }

  deinit { words.deallocate() }

  /// Whether the state was met; from now on it was.
  @inline(__always) func meet(_ state: UnsafePointer<UInt64>, hash: UInt64, _ k: Int) -> Bool {
    let place = words + (Int(truncatingIfNeeded: hash &>> 4) & (Self.places &- 1)) &* k
    var difference: UInt64 = 0
    for i in 0..<k {
      difference |= place[i] ^ state[i]
      place[i] = state[i]
    }
    return difference == 0
  }
}
