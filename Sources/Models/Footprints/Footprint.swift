import CLinux
import Rules

/// Answers to one question about worlds, remembered by what was looked at to find them.
///
/// Rules are pure functions, so where the same was looked at and found the same, the answer is the same, whatever else differs
/// between two worlds. The mask is the union of all that was ever looked at for this question: where it grows, what is remembered
/// was filed under too little and is forgotten. Nothing about it is declared by a rule, so nothing can be declared wrongly.
struct Footprint: ~Copyable {
  private let width: Int
  private var mask = Sight()
  /// Open addressing: the masked words of a sight, and the answer, which is zero in a slot that is free.
  private var slots = Self.nothing
  /// A power of two.
  private var capacity = 1
  private var taken = 0

  /// As many answers are worth remembering: more are in no cache, and looking them up costs what finding them does.
  private static let most = 1 << 14
  /// Too much is looked at for this question: nothing is remembered any more.
  private(set) var isGivenUp = false

  /// One free slot, for all that remember nothing yet. Nobody writes to it.
  nonisolated(unsafe) private static let nothing = allocate(1, Sight.most)

  /// - Parameter width: words of a sight that may be looked at.
  init(width: Int) { self.width = width }

  deinit { if capacity > 1 { slots.deallocate() } }

  private static func allocate(_ capacity: Int, _ width: Int) -> UnsafeMutablePointer<UInt64> {
    let slots = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * (width + 1))
    slots.initialize(repeating: 0, count: capacity * (width + 1))
    return slots
  }

  /// Where looking for what this world looks like begins.
  @inline(__always) private borrowing func home(of sight: borrowing Sight, _ k: Int) -> Int {
    var hash: UInt64 = 0
    for i in 0..<k {
      let product = (hash ^ sight.words[i] & mask.words[i]) &* 0x9E37_79B9_7F4A_7C15
      hash = product ^ product &>> 32
    }
    return Int(truncatingIfNeeded: hash &>> 32) & (capacity &- 1)
  }

  /// Where `answer` begins to look, which is fetched meanwhile; good until something is remembered.
  /// - Parameter k: the width, as a literal where it is known.
  @inline(__always) borrowing func announce(_ sight: borrowing Sight, _ k: Int) -> Int {
    let home = home(of: sight, k)
    cofferdam_prefetch(slots + home &* (k &+ 1))
    return home
  }

  /// The answer that was remembered for worlds that look like this one, or zero.
  /// - Parameter k: the width, as a literal where it is known.
  @inline(__always) borrowing func answer(to sight: borrowing Sight, _ k: Int) -> UInt64 { answer(to: sight, from: home(of: sight, k), k) }

  /// As `answer(to:_:)`, where it was announced at `home`.
  @inline(__always) borrowing func answer(to sight: borrowing Sight, from home: Int, _ k: Int) -> UInt64 {
    var at = home
    while true {
      let slot = slots + at &* (k &+ 1)
      var difference: UInt64 = 0
      for i in 0..<k { difference |= slot[i] ^ sight.words[i] & mask.words[i] }
      if slot[k] == 0 || difference == 0 { return slot[k] }
      at = (at &+ 1) & (capacity &- 1)
    }
  }

  /// Remembers an answer that is not zero, for which `reads` were looked at. False where too much is remembered already.
  mutating func remember(_ answer: UInt64, to sight: Sight, reads: Sight) -> Bool {
    var isWider = false
    for i in 0..<width where reads.words[i] & ~mask.words[i] != 0 {
      mask.words[i] |= reads.words[i]
      isWider = true
    }
    if isWider { forget() }
    if taken == Self.most { return false }
    if taken >= capacity / 2 { grow() }
    var key = sight
    for i in 0..<width { key.words[i] &= mask.words[i] }
    insert(key, answer)
    return true
  }

  /// From here on nothing is remembered.
  mutating func giveUp() {
    if capacity > 1 { slots.deallocate() }
    (slots, capacity, taken, isGivenUp) = (Self.nothing, 1, 0, true)
  }

  private mutating func insert(_ key: Sight, _ answer: UInt64) {
    var at = home(of: key, width)
    while slots[at * (width + 1) + width] != 0 { at = (at + 1) & (capacity - 1) }
    let slot = slots + at * (width + 1)
    for i in 0..<width { slot[i] = key.words[i] }
    slot[width] = answer
    taken += 1
  }

  private mutating func forget() {
    guard taken > 0 else { return }
    slots.update(repeating: 0, count: capacity * (width + 1))
    taken = 0
  }

  private mutating func grow() {
    let (old, count) = (slots, capacity)
    capacity = capacity < 4096 ? max(8, capacity * 4) : capacity * 2
    slots = Self.allocate(capacity, width)
    taken = 0
    for i in 0..<count {
      let slot = old + i * (width + 1)
      guard slot[width] != 0 else { continue }
      var key = Sight()
      for j in 0..<width { key.words[j] = slot[j] }
      insert(key, slot[width])
    }
    if count > 1 { old.deallocate() }
  }
}
