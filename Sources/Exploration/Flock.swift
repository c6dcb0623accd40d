/// Some states that one thread expands before what they lead to is looked up. The table is larger than any cache: a look-up waits for
/// memory, unless it was announced while others were worked on.
struct Flock: ~Copyable {
  static let most = 32
  /// How many states later the slots of a state's successors have come.
  private static let lag = 8

  var successors: Successors
  /// Where the successors of each state end, in words from the first.
  private let ends: UnsafeMutablePointer<Int>
  private let recent: RecentStates

  init(_ system: TransitionSystem) {
    successors = Successors(width: system.width)
    recent = RecentStates(system.initial)
    ends = .allocate(capacity: Self.most)
    ends.initialize(repeating: 0, count: Self.most)
  }

  deinit { ends.deallocate() }

  /// The entries of the flock's state `i`. The engine's word of each is its hash, or `met`.
  @inline(__always)
  func entries(_ i: Int) -> (first: UnsafeMutablePointer<UInt64>, last: UnsafeMutablePointer<UInt64>) {
    (successors.base + (i == 0 ? 0 : ends[i &- 1]), successors.base + ends[i])
  }

  /// In the place of the hash of a state that this thread met a moment ago; no hash is zero.
  static var met: UInt64 { 0 }

  /// Expands the states of `range`, at most `most`, and hashes and announces what they lead to. Nothing is decided.
  @inline(__always)
  mutating func expand(_ range: Range<Int>, _ reader: StateReader, _ k: Int, _ expand: TransitionSystem.Worker.Expand) {
    successors.removeAll()
    for i in 0..<range.count &+ Self.lag {
      if i < range.count {
        expand(reader.state(range.lowerBound &+ i, k), &successors)
        ends[i] = successors.next - successors.base
        announceSlots(i, reader, k)
      }
      if i >= Self.lag { announceStates(i &- Self.lag, reader, k) }
    }
  }

  /// Writes the hashes of successors into their entries and has the slots fetched at which their look-ups begin.
  @inline(__always) private func announceSlots(_ i: Int, _ reader: StateReader, _ k: Int) {
    var (entry, last) = entries(i)
    while entry != last {
      let hash = hash(entry, k)
      let isMet = recent.meet(entry, hash: hash, k)
      entry[k &+ 1] = isMet ? Self.met : hash
      if !isMet { reader.announceSlot(hash) }
      entry += k &+ 2
    }
  }

  /// Has the states fetched that these successors will probably be compared with; their slots were announced.
  @inline(__always) private func announceStates(_ i: Int, _ reader: StateReader, _ k: Int) {
    var (entry, last) = entries(i)
    while entry != last {
      if entry[k &+ 1] != Self.met { reader.announceState(entry[k &+ 1], k) }
      entry += k &+ 2
    }
  }
}
