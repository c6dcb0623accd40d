import Synchronization

/// A word of the table: 32 bits of a hash (the tag) above a state's number plus one; zero is free.
///
/// Read and written as an atomic, because several threads may claim slots at once. To one thread that costs nothing.
struct SeenSlot {
  let address: UnsafeMutableRawPointer

  @inline(__always) init(_ address: UnsafeMutableRawPointer) { self.address = address }

  /// What of a content is the number.
  static var numbers: UInt64 { 0xFFFF_FFFF }

  @inline(__always) static func content(_ tag: UInt64, number: Int) -> UInt64 { tag &<< 32 | UInt64(truncatingIfNeeded: number &+ 1) }

  @inline(__always) private var word: UnsafeMutablePointer<Atomic<UInt64>> { address.assumingMemoryBound(to: Atomic<UInt64>.self) }

  @inline(__always) var content: UInt64 {
    get { word.pointee.load(ordering: .acquiring) }
    nonmutating set { word.pointee.store(newValue, ordering: .relaxed) }
  }

  /// Puts `new` in the place of `old`; false where it is something else by now.
  @inline(__always) func exchange(_ old: UInt64, for new: UInt64) -> Bool {
    word.pointee.compareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing).exchanged
  }
}
