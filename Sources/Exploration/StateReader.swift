import CLinux

/// The stored states, to look at. Any number of threads may, while nobody inserts: whoever hands a reader out sees to that.
struct StateReader: @unchecked Sendable {
  let words: UnsafePointer<UInt64>
  let segments: UnsafePointer<SeenSegment>

  @inline(__always) func state(_ index: Int, _ k: Int) -> UnsafePointer<UInt64> { words + index &* k }

  @inline(__always)
  func contains(_ state: UnsafePointer<UInt64>, hash: UInt64, _ k: Int) -> Bool { find(state, hash: hash, k) >= 0 }

  /// The number of the state at `state`, or -1 where it is not stored.
  @inline(__always)
  func find(_ state: UnsafePointer<UInt64>, hash: UInt64, _ k: Int) -> Int {
    let found = segments[SeenTable.index(hash)].find(SeenTable.tag(hash)) { same($0, words, state, k) }
    return Int(truncatingIfNeeded: found.content & SeenSlot.numbers) &- 1
  }

  /// Has the slots fetched at which a look-up of this hash begins.
  @inline(__always) func announceSlot(_ hash: UInt64) { cofferdam_prefetch(home(hash)) }

  /// Has the state fetched that a look-up of this hash will probably be compared with: the one whose tag is the same, in one of the slots
  /// at which it begins; or the line behind, where that one is full. A state that is new is compared with none, and what is fetched for
  /// nothing keeps others waiting.
  @inline(__always) func announceState(_ hash: UInt64, _ k: Int) {
    let segment = segments + SeenTable.index(hash), tag = SeenTable.tag(hash)
    let number = segment.pointee.likely(tag)
    cofferdam_prefetch(words + max(number &- 1, 0) &* k)
    if number == 0, let next = segment.pointee.next(tag) { cofferdam_prefetch(next) }
  }

  @inline(__always) private func home(_ hash: UInt64) -> UnsafeMutablePointer<UInt64> {
    segments[SeenTable.index(hash)].home(SeenTable.tag(hash))
  }
}

/// Whether the state whose number a slot holds is the one at `state`.
@inline(__always)
func same(_ content: UInt64, _ words: UnsafePointer<UInt64>, _ state: UnsafePointer<UInt64>, _ k: Int) -> Bool {
  isEqual(words + (Int(truncatingIfNeeded: content & SeenSlot.numbers) &- 1) &* k, state, k)
}

/// Whether two states have the same words.
@inline(__always)
func isEqual(_ a: UnsafePointer<UInt64>, _ b: UnsafePointer<UInt64>, _ k: Int) -> Bool {
  var difference: UInt64 = 0
  for i in 0..<k { difference |= a[i] ^ b[i] }
  return difference == 0
}
