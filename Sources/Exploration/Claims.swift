/// One thread's part in filling the table while several expand states: it claims the slots of states that are not stored yet.
///
/// A state has no number before it is known how many come before it, and that depends on what the others find. Until then its slot has a
/// claim: a number beyond all that are given, by which the state's entry is found and which is the smaller the earlier one thread would
/// have met it. Where two meet the same state the smaller claim stays, so who was faster makes no difference.
struct Claims: ~Copyable {
  /// How many slots of each segment this thread may still take.
  private let allowance: UnsafeMutablePointer<Int>
  /// How many states it stored in each.
  let added: UnsafeMutablePointer<Int>
  /// Whether it found more than there was room for.
  var isOverfull = false

  init() {
    allowance = .allocate(capacity: SeenTable.segmentCount)
    allowance.initialize(repeating: 0, count: SeenTable.segmentCount)
    added = .allocate(capacity: SeenTable.segmentCount)
    added.initialize(repeating: 0, count: SeenTable.segmentCount)
  }

  deinit {
    allowance.deallocate()
    added.deallocate()
  }

  /// - Parameter members: among how many threads what is free is shared.
  mutating func begin(_ writer: StateWriter, members: Int) {
    isOverfull = false
    for i in 0..<SeenTable.segmentCount {
      allowance[i] = writer.segments[i].spare / members
      added[i] = 0
    }
  }

  /// Which entry of which harvest a claim is of.
  static func order(stretch: Int, entry: Int) -> Int { stretch &* Harvest.most &+ entry }

  /// Claims the slot of the state at `entry` unless it is stored, or claimed for an earlier entry. Nil where it is.
  /// - Parameters:
  ///   - order: the entry's; what lies there is complete.
  ///   - harvests: where those of each stretch begin.
  @inline(__always)
  mutating func claim(
    _ entry: UnsafePointer<UInt64>, hash: UInt64, order: Int, _ writer: StateWriter, _ harvests: UnsafePointer<UnsafeMutablePointer<UInt64>>,
    _ k: Int
  ) -> SeenSlot? {
    let index = SeenTable.index(hash), tag = SeenTable.tag(hash)
    let words = UnsafePointer(writer.words)
    let claim = SeenSlot.content(tag, number: writer.count &+ order)
    while true {
      let (slot, content) = writer.segments[index].find(tag) { content in
        let other = Int(truncatingIfNeeded: content & SeenSlot.numbers) &- 1 &- writer.count
        if other < 0 { return same(content, words, entry, k) }
        return isEqual(harvests[other &>> Harvest.bits] + (other & (Harvest.most &- 1)) &* (k &+ 4), entry, k)
      }
      if content == 0 {
        if allowance[index] == 0 {
          isOverfull = true
          return nil
        }
        if slot.exchange(0, for: claim) {
          allowance[index] &-= 1
          return slot
        }
      } else if content & SeenSlot.numbers <= claim & SeenSlot.numbers {
        return nil
      } else if slot.exchange(content, for: claim) {
        return slot
      }
      // Somebody was here in between: look again.
    }
  }
}
