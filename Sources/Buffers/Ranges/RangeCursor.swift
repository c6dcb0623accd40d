import Primitives

/// The one generator of a buffer's memory: a position that hands out what comes next, as ranges, as pages for a table, or as the pieces
/// of a legacy list. Nothing is stored besides the position.
///
/// ```swift
/// var cursor = ranges.cursor(from: 0x1000, length: 0x20_0000)
/// while let range = cursor.next() { … }
/// ```
public struct RangeCursor: IteratorProtocol, Sendable {
  @usableFromInline let list: RangeList
  @usableFromInline var index: Int
  /// Bytes of the range at `index` that were handed out.
  @usableFromInline var used: UInt64
  /// Bytes still to be handed out.
  public private(set) var left: UInt64

  @usableFromInline init(_ list: RangeList, from offset: UInt64, length: UInt64) {
    self.list = list
    left = offset < list.length ? Swift.min(length, list.length - offset) : 0
    (index, used) = (0, offset)
    while left > 0, let range = list[index], used >= range.length {
      used -= range.length
      index += 1
    }
  }

  /// What comes next as far as it is alike, nil at the end.
  public mutating func next() -> PhysicalRange? { next(atMost: .max) }

  /// The same, and no longer than that. A limit of zero is the end.
  public mutating func next(atMost limit: UInt64) -> PhysicalRange? {
    guard left > 0, limit > 0, var range = list[index] else { return nil }
    let whole = range.length
    let taken = Swift.min(whole - used, left, limit)
    range.start = HostPhysicalAddress(range.start.rawValue + used)
    range.length = taken
    used += taken
    left -= taken
    if used == whole { (index, used) = (index + 1, 0) }
    return range
  }

  /// The next page for a table that is to have it at an address: the largest that both addresses and what is left allow.
  public mutating func nextPage(at address: UInt64, largest: PageSize = .huge) -> (range: PhysicalRange, size: PageSize)? {
    guard left > 0, let range = list[index] else { return nil }
    let run = Swift.min(range.length - used, left)
    let start = range.start.rawValue + used
    for size in [PageSize.huge, .large] where size.rawValue <= largest.rawValue {
      if (start | address) & (size.bytes - 1) == 0, run >= size.bytes { return next(atMost: size.bytes).map { ($0, size) } }
    }
    return next(atMost: PageSize.small.bytes).map { ($0, .small) }
  }
}

extension RangeList {
  /// The byte at an offset and what follows it as far as it is alike; nil behind the end.
  public func first(from offset: UInt64) -> PhysicalRange? {
    var cursor = cursor(from: offset, length: .max)
    return cursor.next()
  }

  /// A position at `offset` bytes, for `length` bytes; what lies behind the end of the buffer is not handed out.
  public func cursor(from offset: UInt64, length: UInt64) -> RangeCursor { RangeCursor(self, from: offset, length: length) }

  /// The largest of several page sizes of which all of a part of the buffer consists, seen from an address on. RDMA devices need that: a
  /// region of theirs has one page size, and no page of it may have a byte that is not the buffer's.
  /// - `sizes`: powers of two, in bytes, as a bit set: bit 12 for 4 KiB.
  /// - Returns: nil if not even the smallest will do.
  public func bestPageSize(from offset: UInt64, length: UInt64, at address: UInt64, among sizes: UInt64) -> UInt64? {
    var cursor = cursor(from: offset, length: length)
    // Bits in which something is not a multiple: beginnings, ends, and the difference of the two addresses.
    var misfit: UInt64 = 0
    var at = address
    while let range = cursor.next() {
      misfit |= at ^ range.start.rawValue | range.start.rawValue | range.length
      at &+= range.length
    }
    guard misfit != 0 else { return nil }
    let limit = misfit & (~misfit + 1)
    let fitting = sizes & (limit | (limit - 1))
    return fitting == 0 ? nil : 1 << UInt64(63 - fitting.leadingZeroBitCount)
  }
}
