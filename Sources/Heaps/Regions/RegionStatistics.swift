/// What a region's space is like. Counted in pages of 4 KiB.
public struct RegionStatistics: Hashable, Sendable {
  public let pages: UInt64
  public let freePages: UInt64
  /// Allocations that were not freed yet.
  public let allocations: Int
  public let holes: Int
  public let longestHole: UInt64

  /// How much of the free space lies in one piece, from 0 to 1: what is left to a large request.
  public var contiguity: Double { freePages == 0 ? 1 : Double(longestHole) / Double(freePages) }
}

extension RegionAllocator {
  /// Looks at the holes of one size class, the highest.
  public var statistics: RegionStatistics {
    var longest: UInt64 = 0
    if let number = index.highestClass {
      _ = index.first(of: number, in: blocks) { hole in
        longest = max(longest, hole.pages)
        return .no
      }
    }
    return RegionStatistics(
      pages: spans.pages, freePages: freePages, allocations: liveAllocations, holes: index.holes, longestHole: longest)
  }
}
