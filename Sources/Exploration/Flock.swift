/// Some states that are expanded before what they lead to is looked up. The table is larger than any cache: a look-up waits for
/// memory, unless it was announced while others were worked on.
struct Flock {
  static let most = 32
  /// How many states later the slots of a state's successors have come.
  private static let lag = 8

  /// Where the successors of each state end, in words from the first.
  private var ends = InlineArray<32, Int>(repeating: 0)

  init() {}

  /// The entries of the flock's state `i`.
  @inline(__always)
  func entries(_ i: Int, _ successors: borrowing Successors) -> (first: UnsafeMutablePointer<UInt64>, last: UnsafeMutablePointer<UInt64>) {
    (successors.base + (i == 0 ? 0 : ends[i &- 1]), successors.base + ends[i])
  }

  /// Expands the states of `range`, at most `most`, and hashes and announces what they lead to.
  @inline(__always)
  mutating func expand(
    _ range: Range<Int>, _ reader: StateReader, _ k: Int, _ expand: TransitionSystem.Worker.Expand, _ successors: inout Successors
  ) {
    successors.removeAll()
    for i in 0..<range.count &+ Self.lag {
      if i < range.count {
        expand(reader.state(range.lowerBound &+ i, k), &successors)
        ends[i] = successors.next - successors.base
        let (first, last) = entries(i, successors)
        reader.announceSlots(first, last, k)
      }
      if i >= Self.lag {
        let (first, last) = entries(i &- Self.lag, successors)
        reader.announceStates(first, last, k)
      }
    }
  }
}
