import Primitives

@testable import Heaps

/// What a region is, without any index: who has each page. Slow, and too simple to be wrong.
struct NaiveRegion {
  /// Pages that there are, in the order of addresses, and the serial number of who has them; nil for a free one.
  private(set) var owners: [(page: UInt64, owner: UInt64?)] = []

  mutating func grow(_ firstPage: UInt64, _ pages: UInt64) {
    owners += (firstPage..<firstPage + pages).map { ($0, nil) }
    owners.sort { $0.page < $1.page }
  }

  mutating func take(_ allocation: RegionAllocation) -> Bool { change(allocation, from: nil, to: allocation.serial) }
  mutating func release(_ allocation: RegionAllocation) -> Bool { change(allocation, from: allocation.serial, to: nil) }

  /// False where a page of it is not there, or not in the hands that it should be in.
  private mutating func change(_ allocation: RegionAllocation, from: UInt64?, to: UInt64?) -> Bool {
    guard let first = owners.firstIndex(where: { $0.page == allocation.firstPage }) else { return false }
    for offset in 0..<Int(allocation.pages) {
      guard first + offset < owners.count, owners[first + offset].page == allocation.firstPage + UInt64(offset),
        owners[first + offset].owner == from
      else { return false }
      owners[first + offset].owner = to
    }
    return true
  }

  /// Runs of free pages. A run ends at a seam unless the next page is the next number.
  var holes: [(firstPage: UInt64, pages: UInt64)] {
    var holes: [(firstPage: UInt64, pages: UInt64)] = []
    for (page, owner) in owners where owner == nil {
      if let last = holes.last, last.firstPage + last.pages == page { holes[holes.count - 1].pages += 1 } else { holes.append((page, 1)) }
    }
    return holes
  }

  func fits(_ pages: UInt64, alignment: UInt64) -> Bool {
    holes.contains { hole in
      (hole.firstPage..<hole.firstPage + hole.pages).contains { $0 % alignment == 0 && $0 + pages <= hole.firstPage + hole.pages }
    }
  }
}

extension RegionAllocator {
  /// What has to hold between any two calls, walked from the first block to the last; empty if it does.
  var brokenInvariants: [String] {
    var broken: [String] = [], holes = 0, free: UInt64 = 0, allocations = 0
    for span in spans.all {
      var (block, before, page) = (span.firstBlock, BlockIndex.none, span.firstPage)
      while !block.isNone {
        let here = blocks[block]
        if here.firstPage != page { broken.append("a gap at page \(page)") }
        if here.before != before { broken.append("a neighbour that is not linked back at page \(page)") }
        if here.pages == 0 { broken.append("an empty block at page \(page)") }
        switch here.state {
        case .hole:
          (holes, free) = (holes + 1, free + here.pages)
          if !before.isNone, blocks[before].isHole { broken.append("two holes touch at page \(page)") }
          let filed = index.first(of: SizeClass.number(of: here.pages), in: blocks) { $0.firstPage == here.firstPage ? .yes : .no }
          if filed != block { broken.append("the hole at page \(page) is not filed") }
        case .allocated: allocations += 1
        case .unused: broken.append("an unused record at page \(page)")
        }
        (before, page, block) = (block, here.endPage, here.after)
      }
      if page != span.endPage { broken.append("the span ends at page \(page)") }
    }
    let now = statistics
    if holes != now.holes || free != now.freePages || allocations != now.allocations { broken.append("the statistics are wrong") }
    return broken
  }
}
