/// The ranges of an allocator, in the order of addresses, and how they are cut in zones.
///
/// A zone is a power of two of pages; there are at most 64, counted over all spans as if these lay side by side. An allocator that is
/// asked for a low address takes one in the lowest zone that has any: nearly as tight as the lowest of all, and one bit a zone.
struct Spans {
  struct Span: BitwiseCopyable {
    var firstPage: UInt64
    var pages: UInt64
    /// Pages of the spans below.
    var pagesBelow: UInt64 = 0
    /// The block with which it begins.
    var firstBlock: BlockIndex

    var endPage: UInt64 { firstPage + pages }
  }

  static let zones = 64

  private(set) var all: [Span] = []
  private(set) var pages: UInt64 = 0
  private var zoneShift: UInt64 = 0

  /// - Precondition: the page lies in a span.
  func zone(of page: UInt64) -> Int {
    // One span is the rule, and a handful the exception.
    for span in all where page < span.endPage { return Int((span.pagesBelow + page - span.firstPage) >> zoneShift) }
    preconditionFailure("a page outside of every span")
  }

  func contains(_ page: UInt64) -> Bool { all.contains { $0.firstPage <= page && page < $0.endPage } }

  /// The span that shares a page with these, if one does.
  func overlapping(_ firstPage: UInt64, _ endPage: UInt64) -> Span? { all.first { $0.firstPage < endPage && firstPage < $0.endPage } }

  mutating func insert(_ span: Span) {
    all.insert(span, at: all.firstIndex { span.firstPage < $0.firstPage } ?? all.count)
    measure()
  }

  /// A span becomes longer at its end.
  mutating func extend(spanAt index: Int, by more: UInt64) {
    all[index].pages += more
    measure()
  }

  /// A span and the one above it, which it touches, become one.
  mutating func join(at index: Int) {
    all[index].pages += all[index + 1].pages
    all.remove(at: index + 1)
    measure()
  }

  /// The span that begins with this page begins with this block.
  mutating func setFirstBlock(_ block: BlockIndex, at page: UInt64) {
    for index in all.indices where all[index].firstPage == page { all[index].firstBlock = block }
  }

  private mutating func measure() {
    pages = 0
    for index in all.indices {
      all[index].pagesBelow = pages
      pages += all[index].pages
    }
    zoneShift = 0
    while (pages - 1) >> zoneShift >= UInt64(Self.zones) { zoneShift += 1 }
  }
}
