import Exploration

/// Nine parties, each going round five stages on its own: 5^9 = 1,953,125 states, nine steps out of each. A protocol with
/// hardly any rules, so that what is measured is the engine: appending, hashing, looking up, storing.
enum Parties {
  static let count = 9
  static let stages: UInt64 = 5
  static let states = 1_953_125

  /// Three words of three parties, a byte each, padded with zero words up to `width` (3...12).
  static func system(width: Int) -> TransitionSystem {
    TransitionSystem(width: width, initial: Array(repeating: 0, count: width), labelCount: count) { state, successors in
      for party in 0..<count {
        let (word, shift) = (party / 3, UInt64(party % 3 * 8))
        let stage = state[word] &>> shift & 0xFF
        let next = stage &+ 1 == stages ? 0 : stage &+ 1
        let into = successors.reserve(copying: state)
        into[word] = state[word] & ~(0xFF &<< shift) | next &<< shift
        successors.commit(label: UInt32(truncatingIfNeeded: party))
      }
    }
  }
}
