import CLinux

/// The stored states, to look at. Any number of threads may, while nobody inserts: whoever hands a reader out sees to that.
struct StateReader: @unchecked Sendable {
  let words: UnsafePointer<UInt64>
  let segments: UnsafePointer<SeenTable.Segment>

  @inline(__always) func state(_ index: Int, _ k: Int) -> UnsafePointer<UInt64> { words + index &* k }

  @inline(__always)
  func contains(_ state: UnsafePointer<UInt64>, hash: UInt64, _ k: Int) -> Bool { find(state, hash: hash, k) >= 0 }

  /// The number of the state at `state`, or -1 where it is not stored.
  @inline(__always)
  func find(_ state: UnsafePointer<UInt64>, hash: UInt64, _ k: Int) -> Int {
    let segment = segments + SeenTable.index(hash)
    let tag = SeenTable.tag(hash)
    let slots = segment.pointee.slots
    let capacity = segment.pointee.capacity
    var at = SeenTable.home(tag, capacity)
    while true {
      let slot = slots[Int(truncatingIfNeeded: at)]
      if slot == 0 { return -1 }
      if slot &>> 32 == tag, same(slot, words, state, k) { return Int(truncatingIfNeeded: slot & 0xFFFF_FFFF) &- 1 }
      at = at &+ 1
      if at == capacity { at = 0 }
    }
  }

  /// Writes the hashes of successors into their entries and has the slots fetched at which their look-ups begin. Nothing is decided.
  @inline(__always)
  func announceSlots(_ first: UnsafeMutablePointer<UInt64>, _ last: UnsafeMutablePointer<UInt64>, _ k: Int) {
    var entry = first
    while entry != last {
      entry[k &+ 1] = hash(entry, k)
      announceSlot(entry[k &+ 1])
      entry += k &+ 2
    }
  }

  /// Has the states fetched that these successors will probably be compared with; their slots were announced.
  @inline(__always)
  func announceStates(_ first: UnsafeMutablePointer<UInt64>, _ last: UnsafeMutablePointer<UInt64>, _ k: Int) {
    var entry = first
    while entry != last {
      announceState(entry[k &+ 1], k)
      entry += k &+ 2
    }
  }

  /// Has the slots fetched at which a look-up of this hash begins.
  @inline(__always) func announceSlot(_ hash: UInt64) {
    let segment = segments + SeenTable.index(hash)
    let home = SeenTable.home(SeenTable.tag(hash), segment.pointee.capacity)
    cofferdam_prefetch(segment.pointee.slots + Int(truncatingIfNeeded: home))
  }

  /// Has the state fetched whose number is in the slot where the look-up begins: often the one, and without a branch that nobody
  /// could predict.
  @inline(__always) private func announceState(_ hash: UInt64, _ k: Int) {
    let segment = segments + SeenTable.index(hash)
    let home = SeenTable.home(SeenTable.tag(hash), segment.pointee.capacity)
    let number = Int(truncatingIfNeeded: segment.pointee.slots[Int(truncatingIfNeeded: home)] & 0xFFFF_FFFF)
    cofferdam_prefetch(words + max(number &- 1, 0) &* k)
  }
}

/// Whether the state whose number is in `slot` is the one at `state`.
@inline(__always)
func same(_ slot: UInt64, _ words: UnsafePointer<UInt64>, _ state: UnsafePointer<UInt64>, _ k: Int) -> Bool {
  let stored = words + (Int(truncatingIfNeeded: slot & 0xFFFF_FFFF) &- 1) &* k
  var difference: UInt64 = 0
  for i in 0..<k { difference |= stored[i] ^ state[i] }
  return difference == 0
}
