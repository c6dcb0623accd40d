/// A binary buddy: lengths are rounded up to a power of two, and a block joins its twin alone. What is lost by rounding is not free
/// space, so that its requests fail sooner than its free space says.
struct Buddy: Contender {
  static let name = "buddy"
  /// For each order a bit for each block of that size that is free, in words.
  private var isFree: [[UInt64]] = []
  private var counts: [Int]
  /// Where the search for a free block of an order begins: no word before it has any.
  private var hints: [Int]
  private var slots: [(start: UInt64, order: Int)?]
  private let top: Int
  private(set) var free: UInt64

  init(pages: UInt64, slots: Int) {
    top = pages.trailingZeroBitCount
    for order in 0...top { isFree.append(Array(repeating: 0, count: Int(pages >> UInt64(order) + 63) / 64)) }
    counts = Array(repeating: 0, count: top + 1)
    hints = counts
    self.slots = Array(repeating: nil, count: slots)
    free = pages
    put(0, top)
  }

  private mutating func put(_ start: UInt64, _ order: Int) {
    let number = Int(start >> UInt64(order))
    isFree[order][number >> 6] |= 1 << UInt64(number & 63)
    counts[order] += 1
    hints[order] = min(hints[order], number >> 6)
  }

  /// Whether it was free.
  private mutating func take(_ start: UInt64, _ order: Int) -> Bool {
    let number = Int(start >> UInt64(order)), bit: UInt64 = 1 << UInt64(number & 63)
    guard isFree[order][number >> 6] & bit != 0 else { return false }
    isFree[order][number >> 6] &= ~bit
    counts[order] -= 1
    return true
  }

  private mutating func lowest(_ order: Int) -> UInt64 {
    while isFree[order][hints[order]] == 0 { hints[order] += 1 }
    return UInt64(hints[order] << 6 | isFree[order][hints[order]].trailingZeroBitCount) << UInt64(order)
  }

  mutating func allocate(slot: Int, pages: UInt64, alignment: UInt64) -> Bool {
    // A block of an order is aligned to its length.
    let order = 64 - (max(pages, alignment) - 1).leadingZeroBitCount
    guard var from = (order...max(order, top)).first(where: { $0 <= top && counts[$0] > 0 }) else { return false }
    let start = lowest(from)
    _ = take(start, from)
    while from > order {
      from -= 1
      put(start + 1 << UInt64(from), from)
    }
    slots[slot] = (start, order)
    free -= 1 << UInt64(order)
    return true
  }

  mutating func free(slot: Int) {
    guard var (start, order) = slots[slot] else { return }
    slots[slot] = nil
    free += 1 << UInt64(order)
    while order < top, take(start ^ 1 << UInt64(order), order) {
      start &= ~(1 << UInt64(order))
      order += 1
    }
    put(start, order)
  }

  var longestHole: UInt64 { counts.lastIndex { $0 > 0 }.map { 1 << UInt64($0) } ?? 0 }
}
