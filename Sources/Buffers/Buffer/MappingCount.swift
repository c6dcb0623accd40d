import Synchronization

/// How many mappings a buffer has, and who waits for the last one to go.
final class MappingCount: Sendable {
  /// Bit 0: somebody sleeps. The rest counts by twos.
  private let word = Atomic<UInt64>(0)

  var count: Int { Int(word.load(ordering: .acquiring) >> 1) }

  @inline(__always) func increment() { word.add(2, ordering: .relaxed) }
  @inline(__always) func decrement() {
    let now = word.subtract(2, ordering: .acquiringAndReleasing).newValue
    if now == 1 { wake() }
  }

  @inline(never) private func wake() {
    word.bitwiseAnd(~1, ordering: .acquiringAndReleasing)
    Parking.wake(at: self)
  }

  /// Sleeps until none is left.
  /// - Returns: false if the deadline passed before.
  func waitForNone(until deadline: MonotonicTime) -> Bool {
    if count == 0 { return true }
    return Parking.wait(at: self, until: deadline) { word.bitwiseOr(1, ordering: .acquiringAndReleasing).newValue > 1 }
  }
}
