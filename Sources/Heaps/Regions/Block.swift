/// A stretch of pages of one owner, or of nobody. The blocks of a span cover it without a gap, and two holes never touch.
struct Block: BitwiseCopyable {
  /// Counts pages from address zero.
  var firstPage: UInt64
  var pages: UInt64
  /// The neighbours in the order of addresses. None beyond the ends of a span, so that holes of two spans never join.
  var before = BlockIndex.none
  var after = BlockIndex.none
  var state = State.unused(next: .none)

  enum State: BitwiseCopyable {
    /// Free pages; the neighbours in the list of holes that `HoleIndex` files it in.
    case hole(previous: BlockIndex, next: BlockIndex)
    case allocated(serial: UInt64)
    /// No pages at all: a record that waits to be used again, and the one that waits behind it.
    case unused(next: BlockIndex)
  }

  var endPage: UInt64 { firstPage + pages }

  var isHole: Bool {
    if case .hole = state { true } else { false }
  }
}

/// Where a block lies in the array of blocks. Four bytes: a block has four of them.
struct BlockIndex: Hashable, BitwiseCopyable, Sendable {
  let value: UInt32
  static let none = BlockIndex(value: .max)

  init(value: UInt32) { self.value = value }
  init(_ index: Int) { value = UInt32(index) }
  var isNone: Bool { value == .max }
}

extension [Block] {
  subscript(index: BlockIndex) -> Block {
    get { self[Int(index.value)] }
    _modify { yield &self[Int(index.value)] }
  }
}
