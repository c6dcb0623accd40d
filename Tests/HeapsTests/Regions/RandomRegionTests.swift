import Heaps
import Primitives
import Testing

/// Thousands of random requests, each held against a table of pages.
@Suite struct RandomRegionTests {
  @Test(arguments: 0..<12 as Range<UInt64>) func asTheTableSays(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var start = UInt64.random(in: 3000...5000, using: &random)
    var end = start + UInt64.random(in: 100...1500, using: &random)
    var region = try RegionAllocator(over: pages(start, end - start)), naive = NaiveRegion()
    naive.grow(start, end - start)
    var held: [RegionAllocation] = [], refused = 0
    let longest: UInt64 = [4, 40, 300][Int(seed % 3)]
    for step in 0..<1500 {
      switch Int.random(in: 0..<100, using: &random) {
      case 0 where step > 700 && end < start + 4000:
        let gap = Bool.random(using: &random) ? 0 : UInt64.random(in: 1...200, using: &random)
        let more = UInt64.random(in: 1...300, using: &random)
        if Bool.random(using: &random) {
          try region.grow(by: pages(end + gap, more))
          naive.grow(end + gap, more)
          end += gap + more
        } else if start > gap + more {
          start -= gap + more
          try region.grow(by: pages(start, more))
          naive.grow(start, more)
        }
      case 0..<40 where !held.isEmpty:
        let allocation = held.remove(at: Int.random(in: 0..<held.count, using: &random))
        try region.free(allocation)
        let wasThere = naive.release(allocation)
        #expect(wasThere)
      default:
        let count = UInt64.random(in: 1...longest, using: &random), alignment: UInt64 = 1 << UInt64.random(in: 0...7, using: &random)
        let before = naive.holes
        do throws(RegionError) {
          let allocation = try region.allocate(pages: count, alignedTo: alignment << 12)
          #expect(allocation.pages == count && allocation.firstPage % alignment == 0)
          let wasFree = naive.take(allocation)
          #expect(wasFree, "\(allocation) was not free")
          if step % 4 == 0 { expectPlace(of: allocation, alignment, among: before, region) }
          held.append(allocation)
        } catch {
          #expect(error.code == .noHole && !naive.fits(count, alignment: alignment), "\(error)")
          refused += 1
        }
      }
      if step % 50 == 0 { expectAgreement(region, naive) }
    }
    #expect(refused > 0, "the space was never full: the test asks too little")
    for allocation in held { try region.free(allocation) }
    #expect(region.brokenInvariants == [] && region.statistics.freePages == region.statistics.pages)
  }

  private func expectAgreement(_ region: borrowing RegionAllocator, _ naive: NaiveRegion) {
    #expect(region.brokenInvariants == [])
    let holes = naive.holes
    #expect(region.holes.map { $0.start.rawValue >> 12 } == holes.map(\.firstPage))
    #expect(region.holes.map { $0.length >> 12 } == holes.map(\.pages))
    #expect(region.statistics.longestHole == holes.map(\.pages).max() ?? 0)
  }

  /// No hole of a lower size class would have done, nor one of this class in a lower zone.
  private func expectPlace(
    of allocation: RegionAllocation, _ alignment: UInt64, among holes: [(firstPage: UInt64, pages: UInt64)], _ region: borrowing RegionAllocator
  ) {
    let lowest = SizeClass.number(of: allocation.pages)
    guard let chosen = holes.last(where: { $0.firstPage <= allocation.firstPage }) else { return }
    let place = region.rank(ofHoleAt: chosen.firstPage, pages: chosen.pages)
    var earlier = 0, passedOver = 0
    for hole in holes where SizeClass.number(of: hole.pages) >= lowest {
      if !NaiveRegion.fits(allocation.pages, alignment, hole) {
        passedOver += 1
      } else if region.rank(ofHoleAt: hole.firstPage, pages: hole.pages) < place {
        earlier += 1
      }
    }
    // A request that passes over so many holes takes a longer one.
    #expect(passedOver >= 64 || earlier == 0)
  }
}

@Suite struct SizeClassTests {
  @Test func classesAreInOrderAndWithoutAGap() {
    var last = 0
    for pages in 1...100_000 as ClosedRange<UInt64> {
      let number = SizeClass.number(of: pages)
      #expect(number == last || number == last + 1)
      last = number
      #expect(SizeClass.number(of: pages) < SizeClass.whereAllHold(pages + 1))
      #expect(SizeClass.whereAllHold(pages) == number || SizeClass.whereAllHold(pages) == number + 1)
    }
    for pages in 1...127 as ClosedRange<UInt64> { #expect(SizeClass.number(of: pages) == Int(pages)) }
    #expect(SizeClass.number(of: 1 << 40) < SizeClass.count)
  }
}
