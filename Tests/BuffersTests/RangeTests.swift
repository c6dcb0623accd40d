import Buffers
import Memory
import Primitives
import Testing

/// Memory as ranges: merged, cut, and fed to tables and lists from one generator.
@Suite struct RangeTests {
  private func range(_ start: UInt64, _ pages: UInt64, _ provider: Provider = .memory) -> PhysicalRange {
    PhysicalRange(HostPhysicalAddress(start), pages * 4096, provider)
  }

  @Test func neighboursThatAreAlikeAreOne() throws {
    let window = Provider.window(RequesterID(rawValue: 8), bar: 0)
    let list = try RangeList([range(0x1000, 1), range(0x2000, 2), range(0x4000, 1, window), range(0x9000, 1)])
    #expect(Array(list) == [range(0x1000, 3), range(0x4000, 1, window), range(0x9000, 1)])
    #expect(list.length == 5 * 4096)
  }

  /// 1 GiB of contiguous memory is one range, whatever pages it came in.
  @Test func aGigabyteIsOneRange() throws {
    let pages = (0..<262_144 as Range<UInt64>).lazy.map { PhysicalRange(HostPhysicalAddress(0x4000_0000 + $0 * 4096), 4096) }
    let list = try RangeList(pages)
    #expect(list.count == 1)
    #expect(list[0]?.length == 1 << 30)
  }

  @Test func whatNoMemoryHasIsRefused() throws {
    for bad in [range(0x1000, 0), range(0x1001, 1), range(1 << 52, 1), range((1 << 52) - 4096, 2), range(0, 1 << 50), range(.max & ~4095, 1)] {
      #expect(code { _ = try RangeList(bad) } == .badRange)
    }
    #expect(code { _ = try RangeList([]) } == .badRange)
    #expect(code { _ = try RangeList([range(0, 1 << 40), range(0, 1 << 40)]) } == .badRange)
  }

  @Test func aCursorCutsWhereItIsTold() throws {
    let list = try RangeList([range(0x10000, 4), range(0x90000, 2)])
    var cursor = list.cursor(from: 0x3000, length: 0x2000)
    #expect(cursor.next() == range(0x13000, 1))
    #expect(cursor.next() == range(0x90000, 1))
    #expect(cursor.next() == nil)
    var behind = list.cursor(from: 6 * 4096, length: .max)
    #expect(behind.next() == nil)
    var limited = list.cursor(from: 0, length: .max), pieces: [UInt64] = []
    while let piece = limited.next(atMost: 0x3000) { pieces.append(piece.length) }
    #expect(pieces == [0x3000, 0x1000, 0x2000])
  }

  @Test func pagesAreAsLargeAsTheyCanBe() throws {
    let list = try RangeList(PhysicalRange(HostPhysicalAddress(0x3FFF_F000), 0x1000 + (1 << 30) + (2 << 20)))
    var cursor = list.cursor(from: 0, length: .max), at: UInt64 = 0x7FFF_F000, sizes: [PageSize] = []
    while let page = cursor.nextPage(at: at) {
      sizes.append(page.size)
      at += page.size.bytes
    }
    #expect(sizes == [.small, .huge, .large])
    // Where the two addresses differ by less than a large page, only small ones will do.
    var odd = list.cursor(from: 0x1000, length: 2 << 20)
    #expect(odd.nextPage(at: 0x1000)?.size == .small)
  }

  @Test func tablesAreFilledFromTheSameCursor() throws {
    let bank = try #require(PhysicalMemory.Bank(start: HostPhysicalAddress(0), length: 64 << 20))
    let table = try PageTable<IOVirtualAddress>(frames: FrameAllocator(over: PhysicalMemory(banks: [bank])))
    let list = try RangeList([range(0x4000_0000, 512), range(0x9000_0000, 3)])
    #expect(try table.fill(at: IOVirtualAddress(0x20_0000), list.cursor(from: 0, length: .max)) == 2)
    let leaves = table.leaves()
    #expect(leaves.map(\.size) == [.large, .small, .small, .small])
    #expect(leaves.map(\.target.rawValue) == [0x4000_0000, 0x9000_0000, 0x9000_1000, 0x9000_2000])
    // A fill that meets something takes back what it did.
    #expect(throws: MemoryError.self) { try table.fill(at: IOVirtualAddress(0), list.cursor(from: 0, length: .max)) }
    #expect(table.leaves().count == 4)
  }

  @Test func legacyListsKeepTheirLimits() throws {
    let list = try RangeList(range(0x1000, 40))
    let device = Scripted()
    let pieces = try AddressList(of: device, list.cursor(from: 0, length: .max), longest: 0x10001, boundary: 0x10000) { $0.start.rawValue }
    #expect(pieces.pieces.map(\.length) == [0xF000, 0x10000, 0x9000])
    #expect(pieces.pieces.reduce(0) { $0 + $1.length } == list.length)
    #expect(code { _ = try AddressList(of: device, list.cursor(from: 0, length: .max), longest: 100) { _ in 0 } } == .badRange)
    // No piece is beyond the last address.
    #expect(code { _ = try AddressList(of: device, list.cursor(from: 0, length: .max), longest: 0x10000) { _ in .max & ~4095 } } == .badRange)
  }

  @Test func aRegionHasTheLargestPageThatFits() throws {
    let sizes: UInt64 = 1 << 12 | 1 << 21 | 1 << 30
    let aligned = try RangeList([range(0x4000_0000, 512), range(0x8020_0000, 512)])
    #expect(aligned.bestPageSize(from: 0, length: .max, at: 0, among: sizes) == 2 << 20)
    #expect(aligned.bestPageSize(from: 0, length: .max, at: 0x1000, among: sizes) == 4096)
    let seam = try RangeList([range(0x4000_0000, 511), range(0x8020_0000, 1)])
    #expect(seam.bestPageSize(from: 0, length: .max, at: 0, among: sizes) == 4096)
    #expect(seam.bestPageSize(from: 0, length: .max, at: 0, among: 1 << 21) == nil)
  }

  /// Random pieces, judged page by page.
  @Test func everyPageComesOnceAndInOrder() throws {
    var random = SeededRandom(seed: 23)
    for _ in 0..<200 {
      let pieces = (0..<Int.random(in: 1...6, using: &random)).map { _ in
        range(UInt64.random(in: 0..<64, using: &random) * 4096, UInt64.random(in: 1...8, using: &random))
      }
      let pages = pieces.flatMap { piece in stride(from: piece.start.rawValue, to: piece.start.rawValue + piece.length, by: 4096) }
      let list = try RangeList(pieces)
      let from = UInt64.random(in: 0..<UInt64(pages.count), using: &random)
      let count = UInt64.random(in: 1...8, using: &random)
      var cursor = list.cursor(from: from * 4096, length: count * 4096), at = from * 4096, seen: [UInt64] = []
      while let page = cursor.nextPage(at: at) {
        seen.append(page.range.start.rawValue)
        at += page.size.bytes
      }
      #expect(seen == Array(pages.dropFirst(Int(from)).prefix(Int(count))))
    }
  }
}
