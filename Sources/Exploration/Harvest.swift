/// What a worker brings home from a stretch of states: the successors whose slot it claimed, and what somebody has to hear of: steps that
/// break something, states without successors. In the order in which one thread would have met them.
///
/// It never moves: who meets a state that another claimed a moment ago compares it with what lies here.
struct Harvest: ~Copyable {
  /// An entry: the state's words, its hash, its mark, the number of the state it came from, and the address of its slot, or zero.
  let stride: Int
  let base: UnsafeMutablePointer<UInt64>
  private(set) var next: UnsafeMutablePointer<UInt64>
  private let end: UnsafeMutablePointer<UInt64>
  /// Whether somebody has to hear of none of it: then the order in which it is stored makes no difference but to numbers.
  private(set) var isPlain = true
  /// In whose cache it is.
  var reaper = 0
  /// How many of it are new; how many come before them, once that is known.
  private(set) var newCount = 0
  var number = 0

  /// Entries in a harvest. A state leads to one new one in the mean, and a stretch has 256.
  static var most: Int { 1 << bits }
  static var bits: Int { 12 }

  init(width: Int) {
    stride = width + 4
    base = .allocate(capacity: Self.most * stride)
    next = base
    end = base + Self.most * stride
  }

  deinit { base.deallocate() }

  mutating func removeAll() {
    next = base
    isPlain = true
    newCount = 0
  }

  @inline(__always) func hasRoom(for entries: Int) -> Bool { end - next >= entries &* stride }

  /// Writes an entry behind the last, where there is room. It is one once it is kept.
  @inline(__always)
  func put(_ words: UnsafePointer<UInt64>, hash: UInt64, from: Int, _ k: Int) {
    for i in 0..<k { next[i] = words[i] }
    next[k] = hash
    next[k &+ 2] = UInt64(truncatingIfNeeded: from)
  }

  @inline(__always) mutating func keep(_ slot: SeenSlot?, _ mark: Mark, _ k: Int) {
    next[k &+ 1] = mark.bits
    next[k &+ 3] = UInt64(UInt(bitPattern: slot?.address))
    next += k &+ 4
    if mark.hasVerdict { isPlain = false }
  }

  private func slot(_ entry: UnsafeMutablePointer<UInt64>, _ k: Int) -> SeenSlot? {
    UnsafeMutableRawPointer(bitPattern: UInt(truncatingIfNeeded: entry[k &+ 3])).map(SeenSlot.init)
  }

  /// Tells those that are new from those that another thread met at an earlier state: its claim is in their slot.
  /// - Parameter first: the claim of the first entry.
  mutating func settle(_ first: UInt64, _ k: Int) {
    var claim = first
    var entry = base
    while entry != next {
      if let slot = slot(entry, k) {
        if slot.content & SeenSlot.numbers == claim { newCount &+= 1 } else { entry[k &+ 3] = 0 }
      }
      claim &+= 1
      entry += k &+ 4
    }
  }

  /// Writes the states that are new to the store, and their numbers to their slots.
  /// - Parameter added: how many came to each segment, to be added to.
  func write(_ writer: StateWriter, _ added: UnsafeMutablePointer<Int>, _ k: Int) {
    var number = number
    var entry = base
    while entry != next {
      if let slot = slot(entry, k) {
        writer.write(entry, k, at: number, parent: Int(truncatingIfNeeded: entry[k &+ 2]))
        slot.content = SeenSlot.content(SeenTable.tag(entry[k]), number: number)
        added[SeenTable.index(entry[k])] &+= 1
        number = number &+ 1
      }
      entry += k &+ 4
    }
  }

  /// Frees the slots that are still claimed: the table is what it was before.
  func takeBack(_ k: Int) {
    var entry = base
    while entry != next {
      if let slot = slot(entry, k) { slot.content = 0 }
      entry += k &+ 4
    }
  }

  /// The label and verdict as `Successors` wrote them, the verdict of `check`, and whether the entry is a state without
  /// successors, with the verdict of `quiescent` in the place of a step's.
  struct Mark {
    var bits: UInt64
    @inline(__always) var step: UInt64 { bits & 0xFF_FFFF_FFFF }
    @inline(__always) var verdict: UInt8 { UInt8(truncatingIfNeeded: bits &>> 32) }
    @inline(__always) var stateVerdict: UInt8 { UInt8(truncatingIfNeeded: bits &>> 40) }
    @inline(__always) var hasVerdict: Bool { bits &>> 32 != 0 }
    @inline(__always) var isQuiescent: Bool { bits &>> 48 != 0 }

    @inline(__always) static func step(_ mark: UInt64, stateVerdict: UInt8) -> Mark {
      Mark(bits: mark | UInt64(stateVerdict) &<< 40)
    }
    static func quiescent(_ verdict: UInt8) -> Mark { Mark(bits: UInt64(verdict) &<< 32 | 1 &<< 48) }
  }
}
