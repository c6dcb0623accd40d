/// What is counted of the steps out of expanded states.
struct Tally {
  private(set) var transitions: UInt64 = 0
  /// A count a label, and one more for all labels beyond.
  private(set) var fired: [UInt64]

  init(labelCount: Int) { fired = Array(repeating: 0, count: labelCount + 1) }

  /// Counts the steps out of one state, entries of `Successors`.
  @inline(__always)
  mutating func count(_ first: UnsafeMutablePointer<UInt64>, _ last: UnsafeMutablePointer<UInt64>, _ k: Int) {
    var entry = first
    var steps: UInt64 = 0
    fired.withUnsafeMutableBufferPointer { fired in
      let beyond = fired.count &- 1
      while entry != last {
        fired[min(Int(truncatingIfNeeded: entry[k] & 0xFFFF_FFFF), beyond)] &+= 1
        steps &+= 1
        entry += k &+ 2
      }
    }
    transitions &+= steps
  }

  mutating func add(_ other: Tally) {
    transitions += other.transitions
    for i in fired.indices { fired[i] += other.fired[i] }
  }

  mutating func clear() {
    transitions = 0
    for i in fired.indices { fired[i] = 0 }
  }
}
