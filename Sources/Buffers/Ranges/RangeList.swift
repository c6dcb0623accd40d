import Primitives

/// The physical memory of a buffer: ranges, each as long as it can be, of whole pages.
///
/// Most buffers are one range, and that one lies in the value itself. A list never has two neighbours that could be one.
public struct RangeList: Hashable, Sendable {
  @usableFromInline enum Storage: Hashable, Sendable {
    case one(PhysicalRange)
    case many([PhysicalRange])
  }
  @usableFromInline let storage: Storage
  /// All ranges together, in bytes.
  public let length: UInt64

  /// The largest buffer: what 52 bits of physical addresses can hold.
  public static let longest: UInt64 = 1 << 52

  /// - Throws: `.badRange` for no range, one that is empty, not of whole pages or beyond 52 bits, and for a total beyond that.
  public init(_ pieces: some Sequence<PhysicalRange>) throws(BufferError) {
    var merged: [PhysicalRange] = []
    var total: UInt64 = 0
    for piece in pieces {
      guard piece.length > 0, (piece.length | piece.start.rawValue) & 4095 == 0, piece.length <= Self.longest,
        piece.start.rawValue <= Self.longest - piece.length
      else { throw BufferError(.badRange, "\(piece.start), \(piece.length) bytes: whole pages below 52 bits are needed") }
      // Each is at most 2^52, so the sum does not wrap before it is refused.
      total += piece.length
      guard total <= Self.longest else { throw BufferError(.badRange, "more than 2^52 bytes in all") }
      if let last = merged.last, last.isContinued(by: piece) {
        merged[merged.count - 1].length += piece.length
      } else {
        merged.append(piece)
      }
    }
    guard let first = merged.first else { throw BufferError(.badRange, "a buffer has at least one page") }
    storage = merged.count == 1 ? .one(first) : .many(merged)
    length = total
  }

  public init(_ range: PhysicalRange) throws(BufferError) { try self.init(CollectionOfOne(range)) }

  @inlinable public var count: Int {
    switch storage {
    case .one: 1
    case .many(let ranges): ranges.count
    }
  }
  @inlinable public subscript(index: Int) -> PhysicalRange? {
    switch storage {
    case .one(let range): index == 0 ? range : nil
    case .many(let ranges): ranges.indices.contains(index) ? ranges[index] : nil
    }
  }
}

extension RangeList: Sequence {
  /// From the beginning to the end.
  @inlinable public func makeIterator() -> RangeCursor { RangeCursor(self, from: 0, length: length) }
}
