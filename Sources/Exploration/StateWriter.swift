/// The stored states, for threads that add to them together: each works on segments that are nobody else's, or at numbers that are.
/// Whoever hands a writer out sees to that.
struct StateWriter: @unchecked Sendable {
  let words: UnsafeMutablePointer<UInt64>
  let parent: UnsafeMutablePointer<UInt32>
  let segments: UnsafeMutablePointer<SeenSegment>
  /// States that were stored before; the first new one gets this number.
  let count: Int

  var reader: StateReader { StateReader(words: words, segments: segments) }

  /// Writes a state at its number.
  @inline(__always) func write(_ state: UnsafePointer<UInt64>, _ k: Int, at number: Int, parent from: Int) {
    let into = words + number &* k
    for i in 0..<k { into[i] = state[i] }
    parent[number] = UInt32(truncatingIfNeeded: from)
  }
}
