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
}

/// Whether the state whose number is in `slot` is the one at `state`.
@inline(__always)
func same(_ slot: UInt64, _ words: UnsafePointer<UInt64>, _ state: UnsafePointer<UInt64>, _ k: Int) -> Bool {
  let stored = words + (Int(truncatingIfNeeded: slot & 0xFFFF_FFFF) &- 1) &* k
  var difference: UInt64 = 0
  for i in 0..<k { difference |= stored[i] ^ state[i] }
  return difference == 0
}
