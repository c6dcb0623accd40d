import Heaps
import Primitives
import Testing

func pages(_ first: UInt64, _ count: UInt64) throws -> AddressRange<HostPhysicalAddress> {
  try #require(AddressRange(start: HostPhysicalAddress(first << 12), length: count << 12))
}

@Suite struct RegionTests {
  @Test func aRegionIsHandedOutAndComesBackWhole() throws {
    var region = try RegionAllocator(over: pages(0x8_0000, 64))
    let first = try region.allocate(pages: 3), second = try region.allocate(pages: 61)
    #expect(first.start.rawValue == 0x8000_0000 && first.length == 3 << 12 && second.start == first.end)
    let full = region.statistics
    #expect([full.pages, full.freePages, full.longestHole] == [64, 0, 0] && full.allocations == 2 && full.holes == 0)
    #expect(Array(region.holes).isEmpty)
    try region.free(first)
    #expect(Array(region.holes) == [try pages(0x8_0000, 3)])
    try region.free(second)
    #expect(Array(region.holes) == [try pages(0x8_0000, 64)])
    #expect(region.statistics.contiguity == 1)
  }

  /// The place is aligned in the space of addresses, wherever the region begins, and nothing beside it is lost.
  @Test(arguments: 12..<40 as Range<UInt64>) func alignment(_ shift: UInt64) throws {
    var region = try RegionAllocator(over: pages(1, 1 << 29))
    let allocation = try region.allocate(pages: 5, alignedTo: 1 << shift)
    #expect(allocation.start.rawValue % (1 << shift) == 0 && allocation.pages == 5)
    #expect(region.statistics.freePages == 1 << 29 - 5)
    try region.free(allocation)
    #expect(region.statistics.holes == 1)
  }

  /// An aligned request is put where it leaves the hole in one piece, if there is such a place.
  @Test func theSmallerSliverIsLeft() throws {
    func region(_ first: UInt64, _ end: UInt64) throws -> RegionAllocator {
      try RegionAllocator(over: try #require(AddressRange(start: HostPhysicalAddress(first << 12), length: (end - first) << 12)))
    }
    // Pages 1 to 767: at 256 two slivers of 255 and 256 pages would be left, at 512 one of 511.
    var low = try region(1, 768)
    let high = try low.allocate(pages: 256, alignedTo: 1 << 20), left = Array(low.holes).map(\.length)
    #expect(high.start.rawValue == 512 << 12 && left == [511 << 12])
    // At its own beginning nothing is left either, and the lower address wins.
    var both = try region(256, 768)
    let first = try both.allocate(pages: 256, alignedTo: 1 << 20)
    #expect(first.start.rawValue == 256 << 12)
    // The slivers of 64 KiB are good for others, and the lower address wins again.
    var narrow = try region(1, 48)
    let sliver = try narrow.allocate(pages: 16, alignedTo: 1 << 16)
    #expect(sliver.start.rawValue == 16 << 12)
  }

  @Test func whatCannotBeIsRefused() throws {
    var region = try RegionAllocator(over: pages(16, 16))
    func code(_ body: () throws(RegionError) -> Void) -> RegionError.Code? {
      do throws(RegionError) { try body() } catch { return error.code }
      return nil
    }
    #expect(code { () throws(RegionError) in _ = try region.allocate(pages: 0) } == .badRequest)
    #expect(code { () throws(RegionError) in _ = try region.allocate(pages: 1, alignedTo: 0) } == .badRequest)
    #expect(code { () throws(RegionError) in _ = try region.allocate(pages: 1, alignedTo: 3 << 12) } == .badRequest)
    for (pages, alignment) in [(17, 4096), (.max, 4096), (.max, 1 << 63), (1, 1 << 63), (16, 1 << 17), (1 << 40, 1 << 12)] as [(UInt64, UInt64)] {
      #expect(code { () throws(RegionError) in _ = try region.allocate(pages: pages, alignedTo: alignment) } == .noHole, "\(pages) at \(alignment)")
    }
    // Less than a page is what every page has.
    let smallest = try region.allocate(pages: 1, alignedTo: 1)
    #expect(smallest.start.rawValue == 16 << 12)
    #expect(region.brokenInvariants == [])
  }

  @Test func freedTwice() throws {
    var region = try RegionAllocator(over: pages(16, 16))
    let first = try region.allocate(pages: 4)
    try region.free(first)
    #expect { try region.free(first) } throws: { ($0 as? RegionError)?.code == .alreadyFree }
    // The same pages, and the same record, in other hands.
    let second = try region.allocate(pages: 4)
    #expect(second.start == first.start && second != first)
    #expect { try region.free(first) } throws: { ($0 as? RegionError)?.code == .alreadyFree && "\($0)".contains("0x1_0000") }
    try region.free(second)
    #expect(region.brokenInvariants == [])
  }

  @Test func freedElsewhere() throws {
    var one = try RegionAllocator(over: pages(16, 16)), other = try RegionAllocator(over: pages(64, 16))
    let mine = try one.allocate(pages: 4)
    _ = try other.allocate(pages: 4)
    #expect { try other.free(mine) } throws: { ($0 as? RegionError)?.code == .foreign }
    #expect(other.statistics.allocations == 1 && other.brokenInvariants == [])
    try one.free(mine)
  }

  @Test func impossibleRanges() throws {
    let space: [(UInt64, UInt64)] = [(0, 0), (1, 4096), (0, 4097), ((1 << 52) - 4096, 8192), (UInt64.max - 8191, 4096)]
    for (start, length) in space {
      let range = try #require(AddressRange(start: HostPhysicalAddress(start), length: length))
      #expect(throws: RegionError.self) { _ = try RegionAllocator(over: range) }
    }
    let whole = try #require(AddressRange(start: HostPhysicalAddress(0), length: 1 << 52))
    var region = try RegionAllocator(over: whole)
    let everything = try region.allocate(pages: 1 << 40)
    #expect(everything.length == 1 << 52)
    #expect(throws: RegionError.self) { try region.grow(by: whole) }
  }

  @Test func growth() throws {
    var region = try RegionAllocator(over: pages(100, 10))
    let all = try region.allocate(pages: 10)
    try region.grow(by: pages(200, 10))
    try region.grow(by: pages(110, 10))
    try region.grow(by: pages(50, 10))
    for taken in [(105, 1), (40, 11), (119, 90), (209, 2)] as [(UInt64, UInt64)] {
      #expect(throws: RegionError.self) { try region.grow(by: pages(taken.0, taken.1)) }
    }
    #expect(Array(region.holes) == [try pages(50, 10), try pages(110, 10), try pages(200, 10)])
    try region.free(all)
    // Over the seam, since the one continues the other; from 60 to 100 there is nothing.
    #expect(Array(region.holes) == [try pages(50, 10), try pages(100, 20), try pages(200, 10)])
    // What lies between two makes one of the three.
    try region.grow(by: pages(60, 40))
    #expect(Array(region.holes) == [try pages(50, 70), try pages(200, 10)] && region.brokenInvariants == [])
    try region.grow(by: pages(120, 80))
    #expect(Array(region.holes) == [try pages(50, 160)] && region.brokenInvariants == [])
  }

  /// Growth below what is allocated: once both sides are free, one hole reaches over the seam.
  @Test func growthBelow() throws {
    var region = try RegionAllocator(over: pages(100, 10))
    let above = try region.allocate(pages: 10)
    try region.grow(by: pages(90, 10))
    let below = try region.allocate(pages: 10)
    try region.free(above)
    try region.free(below)
    #expect(Array(region.holes) == [try pages(90, 20)] && region.brokenInvariants == [])
    #expect(try region.allocate(pages: 15).pages == 15)
  }

  /// Holes that are long enough and begin at the wrong place, more than a request cares to look at: it is served all the same.
  @Test func theOnlyHoleThatFitsIsFound() throws {
    var region = try RegionAllocator(over: pages(1, 64 * 512))
    var held: [RegionAllocation] = []
    while let next = try? region.allocate(pages: 1) { held.append(next) }
    // From every odd page to the one before the next multiple of 64, which stays taken; in one place the multiple itself is free.
    for allocation in held where allocation.firstPage % 64 != 0 || allocation.firstPage == 64 * 300 { try region.free(allocation) }
    #expect(region.statistics.holes == 511)
    let found = try region.allocate(pages: 33, alignedTo: 64 << 12)
    #expect(found.firstPage == 64 * 300)
    #expect(throws: RegionError.self) { _ = try region.allocate(pages: 33, alignedTo: 64 << 12) }
    #expect(region.brokenInvariants == [])
  }
}
