/// An allocator that can replay a trace. Pages and alignments are numbers, allocations are what the trace calls slots.
protocol Contender: ~Copyable {
  static var name: String { get }
  init(pages: UInt64, slots: Int)
  /// False if there is no room.
  mutating func allocate(slot: Int, pages: UInt64, alignment: UInt64) -> Bool
  /// A slot that is empty, since its allocation failed, is passed by.
  mutating func free(slot: Int)
  /// In pages.
  var free: UInt64 { get }
  var longestHole: UInt64 { get }
}

extension UInt64 {
  /// The next multiple of a power of two.
  func up(to alignment: UInt64) -> UInt64 { (self + alignment - 1) & ~(alignment - 1) }
}
