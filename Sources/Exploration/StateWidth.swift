/// How many words a state has, as a type: a loop that is generic over it is compiled once for every usual width, and its copies,
/// hashes and comparisons are straight code. (A literal that is passed on through `@inline(__always)` is no constant any more where
/// the optimiser finds the function too large.)
protocol StateWidth { var words: Int { get } }

struct FixedWidth<let count: Int>: StateWidth {
  @inline(__always) var words: Int { count }
}

/// Any other width.
struct CountedWidth: StateWidth { let words: Int }
