import Primitives

/// The list that older drivers take: pieces with an address of the importer's and a length, none longer than its hardware can, none over a
/// boundary that its hardware cannot cross (Linux: a mapped scatter list, `dma_get_max_seg_size`, `dma_get_seg_boundary`).
public struct AddressList<I: Importer>: Hashable, Sendable {
  public struct Piece: Hashable, Sendable {
    public let start: DMAAddress<I>
    public let length: UInt64
  }
  public let pieces: [Piece]

  /// - Parameters:
  ///   - importer: whose addresses they are.
  ///   - cursor: the memory, from where it begins.
  ///   - longest: bytes of a piece, at least a page.
  ///   - boundary: a power of two that no piece crosses, or nil.
  ///   - number: where the importer sees a physical range.
  /// - Throws: `.badRange` for limits that no piece can meet, and for addresses that no importer has.
  public init(
    of importer: I, _ cursor: RangeCursor, longest: UInt64, boundary: UInt64? = nil, _ number: (PhysicalRange) -> UInt64
  ) throws(BufferError) {
    guard longest >= 4096, boundary.map({ $0 >= 4096 && $0.nonzeroBitCount == 1 }) ?? true else {
      throw BufferError(.badRange, "pieces of \(longest) bytes: at least a page, and a boundary that is a power of two, are needed")
    }
    var cursor = cursor
    var pieces: [Piece] = []
    let whole = longest & ~4095
    while let range = cursor.next() {
      var at = importer.address(number(range)), left = range.length
      while left > 0 {
        var length = Swift.min(left, whole)
        if let boundary { length = Swift.min(length, boundary - (at.rawValue & (boundary - 1))) }
        pieces.append(Piece(start: at, length: length))
        left -= length
        guard left > 0 else { break }
        guard let next = at.advanced(by: length) else { throw BufferError(.badRange, "\(range.length) bytes leave the importer's addresses") }
        at = next
      }
    }
    self.pieces = pieces
  }
}
