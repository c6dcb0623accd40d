/// What is counted for every transition.
struct Tally {
  var transitions: UInt64 = 0
  /// A count a label, and one more for all labels beyond.
  var fired: [UInt64]

  init(labelCount: Int) { fired = Array(repeating: 0, count: labelCount + 1) }

  mutating func add(_ other: Tally) {
    transitions += other.transitions
    for i in fired.indices { fired[i] += other.fired[i] }
  }
}
