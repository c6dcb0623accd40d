import Exploration

/// Counters that count to `modulus - 1`, `perWord` bytes of each word, in `width` words: modulus^(width * perWord) states.
func counters(width: Int, perWord: Int, modulus: UInt64, inHighBytes: Bool = false) -> TransitionSystem {
  TransitionSystem(width: width, initial: Array(repeating: 0, count: width), labelCount: width * perWord) { state, out in
    for word in 0..<width {
      for byte in 0..<perWord {
        let shift = UInt64(inHighBytes ? 56 - 8 * byte : 8 * byte)
        guard state[word] >> shift & 0xFF < modulus - 1 else { continue }
        let into = out.reserve(copying: state)
        into[word] += 1 << shift
        out.commit(label: UInt32(word * perWord + byte))
      }
    }
  }
}

/// SplitMix64's finish: a fixed scrambling of 64 bits.
func scramble(_ value: UInt64) -> UInt64 {
  var z = value &+ 0x9E37_79B9_7F4A_7C15
  z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
  return z ^ z >> 31
}

/// A graph of `nodes` nodes whose edges are a function of the seed: dead ends, loops, parallel edges and all. Every so many
/// edges, nodes and dead ends violate something where `violations` says so.
func randomGraph(seed: UInt64, nodes: UInt64, width: Int, violations: Bool = false) -> TransitionSystem {
  @Sendable func words(_ node: UInt64) -> InlineArray<12, UInt64> {
    var all = InlineArray<12, UInt64>(repeating: node)
    for i in 1..<12 { all[i] = (node / UInt64(i + 1)) << UInt64(5 * i) }
    return all
  }
  let check: TransitionSystem.Judge = { scramble(seed ^ $0[0] &* 3) % 97 == 1 ? 7 : 0 }
  let quiescent: TransitionSystem.Judge = { scramble(seed ^ $0[0] &* 5) % 5 == 1 ? 9 : 0 }
  return TransitionSystem(
    width: width, initial: Array(repeating: 0, count: width), labelCount: 7, check: violations ? check : nil,
    quiescent: violations ? quiescent : nil
  ) { state, out in
    let node = state[0]
    let fan = scramble(seed ^ node) % 7
    for edge in 0..<fan {
      let random = scramble(seed &* 31 ^ node &* 7 ^ edge)
      let verdict: UInt8 = violations && random >> 40 % 61 == 3 ? 5 : 0
      out.append(words(random % nodes), label: UInt32(edge), verdict: verdict)
    }
    if fan > 0, node < 4 { out.append(words(node + 1), label: 6) }
  }
}
