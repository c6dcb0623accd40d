import Heaps
import Primitives

extension RegionAllocation {
  var firstPage: UInt64 { start.rawValue >> 12 }
}

/// What a region is, without any index: who has each page. Slow, and too simple to be wrong.
struct NaiveRegion {
  /// Pages that there are, in the order of addresses, and the allocation that has them; nil for a free one.
  private(set) var owners: [(page: UInt64, owner: RegionAllocation?)] = []

  mutating func grow(_ firstPage: UInt64, _ pages: UInt64) {
    owners += (firstPage..<firstPage + pages).map { ($0, nil) }
    owners.sort { $0.page < $1.page }
  }

  mutating func take(_ allocation: RegionAllocation) -> Bool { change(allocation, from: nil, to: allocation) }
  mutating func release(_ allocation: RegionAllocation) -> Bool { change(allocation, from: allocation, to: nil) }

  /// False where a page of it is not there, or not in the hands that it should be in.
  private mutating func change(_ allocation: RegionAllocation, from: RegionAllocation?, to: RegionAllocation?) -> Bool {
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

  func fits(_ pages: UInt64, alignment: UInt64) -> Bool { holes.contains { Self.fits(pages, alignment, $0) } }

  static func fits(_ pages: UInt64, _ alignment: UInt64, _ hole: (firstPage: UInt64, pages: UInt64)) -> Bool {
    (hole.firstPage..<hole.firstPage + hole.pages).contains { $0 % alignment == 0 && $0 + pages <= hole.firstPage + hole.pages }
  }
}
