import Heaps
import Primitives
import Testing

/// Allocations that come back together.
@Suite struct Runs {
  @Test func aRunComesBackAsOneHole() throws {
    var region = try RegionAllocator(over: pages(0x80000, 64))
    var all: [RegionAllocation] = []
    for _ in 0..<16 { all.append(try region.allocate(pages: 4)) }
    try region.free(all[0])
    try region.free(run: Array(all[3..<7]))
    var found = lengths(region)
    #expect(found == [4 << 12, 16 << 12])
    try region.free(run: Array(all[1..<3]))
    found = lengths(region)
    #expect(found == [28 << 12])
    try region.free(run: Array(all[7...]))
    let statistics = region.statistics
    found = lengths(region)
    #expect(found == [64 << 12] && statistics.freePages == 64 && statistics.allocations == 0)
    try region.free(run: [])
  }

  /// Of the holes, in bytes; nothing where an invariant is broken.
  private func lengths(_ region: borrowing RegionAllocator) -> [UInt64] {
    region.brokenInvariants.isEmpty ? Array(region.holes).map(\.length) : []
  }

  @Test func whatIsNoRunChangesNothing() throws {
    var region = try RegionAllocator(over: pages(0x80000, 64))
    let one = try region.allocate(pages: 4), two = try region.allocate(pages: 4), three = try region.allocate(pages: 4)
    var codes: [RegionError.Code?] = []
    for run in [[one, three], [two, one], [one, one], [two], [one, two]] {
      do throws(RegionError) {
        try region.free(run: run)
        codes.append(nil)
      } catch { codes.append(error.code) }
    }
    let (broken, statistics) = (region.brokenInvariants, region.statistics)
    #expect(codes == [.badRequest, .badRequest, .badRequest, nil, .alreadyFree] && broken.isEmpty && statistics.freePages == 56)
  }

  /// Against the same allocator with frees one by one: the same holes after every round.
  @Test(arguments: 1...3 as ClosedRange<UInt64>) func runsAreAsSingles(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var one = try RegionAllocator(over: pages(0x80000, 4096)), other = try RegionAllocator(over: pages(0x80000, 4096))
    var held: [(RegionAllocation, RegionAllocation)] = []
    for _ in 0..<600 {
      for _ in 0..<Int(random.next() % 12) {
        let count = 1 + random.next() % 9
        if let a = try? one.allocate(pages: count), let b = try? other.allocate(pages: count) { held.append((a, b)) }
      }
      held.sort { $0.0.start < $1.0.start }
      guard !held.isEmpty else { continue }
      let first = Int(random.next() % UInt64(held.count))
      var last = first
      while last + 1 < held.count, last < first + 6, held[last].0.end == held[last + 1].0.start { last += 1 }
      try one.free(run: held[first...last].map(\.0))
      for pair in held[first...last] { try other.free(pair.1) }
      held.removeSubrange(first...last)
      let (found, wanted, broken) = (Array(one.holes), Array(other.holes), one.brokenInvariants)
      #expect(found == wanted && broken.isEmpty)
    }
  }
}
