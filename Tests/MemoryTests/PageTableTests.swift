import Memory
import Primitives
import Testing

@Suite struct PageTableTests {
  @Test func leavesOfBothSizesTranslate() throws {
    let table = try PageTable<GPA>(frames: FrameAllocator(over: try someMemory()))
    // From one page before a 2 MiB border to one page after the next: 4 KiB, 2 MiB, 4 KiB.
    try table.map(range(largeBytes - pageBytes, largeBytes + 2 * pageBytes), to: HPA(3 * largeBytes - pageBytes), LeafAttributes())
    #expect(table.leaves().map(\.size) == [.small, .large, .small])
    let leaf = try #require(table.walk(GPA(largeBytes + 0x12345)))
    #expect(leaf.size == .large && leaf.resolve(GPA(largeBytes + 0x12345)) == HPA(3 * largeBytes + 0x12345))
    #expect(leaf.bytesLeft(from: GPA(largeBytes + 0x12345)) == largeBytes - 0x12345)
    #expect(table.walk(GPA(2 * largeBytes + 4095))?.resolve(GPA(2 * largeBytes + 4095)) == HPA(4 * largeBytes + 4095))
    #expect(table.walk(GPA(2 * largeBytes + 4096)) == nil)
    #expect(table.walk(GPA(1 << 48)) == nil)
    #expect(table.walk(GPA(.max)) == nil)
  }

  @Test func entriesAreBytesInTheLayoutOfTheProcessor() throws {
    let memory = try someMemory()
    let table = try PageTable<GPA>(frames: FrameAllocator(over: memory))
    try table.map(GPA(0x5000), to: HPA(0xABC000), size: .small, LeafAttributes(executable: true, private: true))
    try table.map(GPA(largeBytes), to: HPA(1 << 40), size: .large, LeafAttributes(writable: false, mmio: true))
    func entry(_ frame: UInt64, _ index: UInt64) throws -> UInt64 {
      let raw: [UInt8] = try memory.readRaw(range(frame + index * 8, 8))
      return raw.reversed().reduce(UInt64(0)) { ($0 << 8) | UInt64($1) }
    }
    let address: UInt64 = 0xF_FFFF_FFFF_F000
    let third = try entry(table.root.rawValue, 0)
    let second = try entry(third & address, 0)
    let first = try entry(second & address, 0)
    #expect([third, second, first].map { $0 & 0x87 } == [7, 7, 7])
    let small = try entry(first & address, 5)
    #expect(small & 0xFF == 0b0011_0111)
    #expect(small & address == 0xABC000)
    #expect(small >> 52 == 0b10)
    let large = try entry(second & address, 1)
    #expect(large & 0xFF == 0b1000_0001)
    #expect(large & address == 0x100_0000_0000)
    #expect(large >> 52 == 0b01)
    // The counts of the tables below: two entries under `second`'s table, one under `first`'s.
    #expect([third, second, first].map { $0 >> 52 } == [1, 2, 1])
  }

  @Test func refusalsChangeNothing() throws {
    let frames = FrameAllocator(over: try someMemory())
    let table = try PageTable<IOVA>(frames: frames)
    try table.map(range(0x20_0000, largeBytes), to: HPA(largeBytes), LeafAttributes())
    try table.map(range(0x7000, 0x2000), to: HPA(0x9000), LeafAttributes())
    let before = table.leaves()
    let allocated = frames.allocatedBytes
    func code(_ body: (PageTable<IOVA>) throws(MemoryError) -> Void) -> MemoryError.Code? {
      let code = refusal { () throws(MemoryError) in try body(table) }
      #expect(table.leaves() == before && frames.allocatedBytes == allocated)
      return code
    }
    let across = try range(0x5000, 0x3000, in: IOVA.self)
    let intoLarge = try range(0x1F_F000, 0x2000, in: IOVA.self)
    let hole = try range(0x7000, 0x3000, in: IOVA.self)
    let half = try range(0x20_0000, 0x10_0000, in: IOVA.self)
    let odd = try range(0x7010, 0x1000, in: IOVA.self)
    let high = try range(1 << 48 - 0x1000, 0x2000, in: IOVA.self)
    let empty = try range(0x7000, 0, in: IOVA.self)
    let wide = try range(0x40_0000, 4 * largeBytes, in: IOVA.self)
    #expect(code { t throws(MemoryError) in try t.map(across, to: HPA(0), LeafAttributes()) } == .overlap)
    #expect(code { t throws(MemoryError) in try t.map(intoLarge, to: HPA(0), LeafAttributes()) } == .overlap)
    #expect(code { t throws(MemoryError) in try t.map(IOVA(0), to: HPA(0), size: .large, LeafAttributes()) } == .overlap)
    #expect(code { t throws(MemoryError) in try t.map(IOVA(0x1000), to: HPA(0), size: .large, LeafAttributes()) } == .misaligned)
    #expect(code { t throws(MemoryError) in try t.map(wide, to: HPA(0x800), LeafAttributes()) } == .misaligned)
    #expect(code { t throws(MemoryError) in try t.map(wide, to: HPA(.max & ~4095), LeafAttributes()) } == .misaligned)
    #expect(code { t throws(MemoryError) in try t.map(high, to: HPA(0), LeafAttributes()) } == .impossibleRange)
    #expect(code { t throws(MemoryError) in try t.map(empty, to: HPA(0), LeafAttributes()) } == .misaligned)
    #expect(code { t throws(MemoryError) in _ = try t.unmap(odd) } == .misaligned)
    #expect(code { t throws(MemoryError) in _ = try t.unmap(hole) } == .notMapped)
    #expect(code { t throws(MemoryError) in _ = try t.unmap(half) } == .sizeMismatch)
    #expect(code { t throws(MemoryError) in _ = try t.protect(half, LeafAttributes(writable: false)) } == .sizeMismatch)
    #expect(code { t throws(MemoryError) in _ = try t.split(IOVA(0x7000)) } == .sizeMismatch)
    #expect(code { t throws(MemoryError) in _ = try t.split(IOVA(0)) } == .notMapped)
  }

  @Test func aFullMemoryIsAnErrorAndLeavesNothing() throws {
    let frames = FrameAllocator(over: try someMemory(6 * pageBytes))
    let table = try PageTable<IOVA>(frames: frames)
    // Five frames: the root, two tables on the way down, two of 4 KiB leaves. The third of those is not there.
    let wide = try range(largeBytes, 4 * largeBytes, in: IOVA.self)
    let code = refusal { () throws(MemoryError) in try table.map(wide, to: HPA(0), LeafAttributes(), largest: .small) }
    #expect(code == .outOfFrames)
    #expect(table.leaves().isEmpty && frames.allocatedBytes == pageBytes && table.frameCount == 1)
  }

  @Test func emptyTablesGoBack() throws {
    let frames = FrameAllocator(over: try someMemory())
    do {
      let table = try PageTable<GPA>(frames: frames)
      try table.map(range(0x4000_0000 - 0x3000, 0x6000), to: HPA(0x1_0000), LeafAttributes())
      #expect(table.frameCount == 6)
      #expect(try table.unmap(range(0x4000_0000, 0x3000)).range.length == 0x3000)
      #expect(table.frameCount == 4)
      _ = try table.unmap(range(0x4000_0000 - 0x3000, 0x3000))
      #expect(table.frameCount == 1 && frames.allocatedBytes == pageBytes)
      try table.map(range(0, 3 * largeBytes), to: HPA(0), LeafAttributes(), largest: .small)
    }
    #expect(frames.allocatedBytes == 0)
  }

  @Test func blockedLeavesStayAndSplitLeavesSayTheSame() throws {
    let table = try PageTable<GPA>(frames: FrameAllocator(over: try someMemory()))
    let attributes = LeafAttributes(private: true)
    try table.map(range(largeBytes, largeBytes), to: HPA(4 * largeBytes), attributes)
    #expect(try table.split(GPA(largeBytes + 5)).range == range(largeBytes, largeBytes))
    #expect(table.leaves().count == 512)
    _ = try table.protect(range(largeBytes + 0x3000, pageBytes), attributes.inaccessible)
    let blocked = try #require(table.walk(GPA(largeBytes + 0x3010)))
    #expect(!blocked.attributes.isAccessible && blocked.attributes.isPrivate)
    #expect(blocked.target == HPA(4 * largeBytes + 0x3000) && blocked.size == .small)
    #expect(table.walk(GPA(largeBytes + 0x4010))?.attributes == attributes)
    _ = try table.unmap(range(largeBytes, largeBytes))
    #expect(table.leaves().isEmpty && table.frameCount == 1)
  }

  @Test func overwrittenTablesAreBrokenAndHarmless() throws {
    let memory = try someMemory(64 << 20)
    let frames = FrameAllocator(over: memory)
    var random = SeededRandom(seed: 3)
    for _ in 0..<20 {
      let table = try PageTable<GPA>(frames: frames)
      try table.map(range(0, 0x8000), to: HPA(0x1000), LeafAttributes(), largest: .small)
      let victim = table.root.rawValue + random.next() % (4 * pageBytes)
      try memory.writeRaw((0..<64).map { _ in UInt8(truncatingIfNeeded: random.next()) }, at: HPA(victim))
      for page in 0..<16 { _ = table.walk(GPA(UInt64(page) * pageBytes)) }
      _ = table.leaves(limit: 1000)
      _ = try? table.unmap(range(0, 0x8000))
      _ = try? table.map(range(0x10_0000, largeBytes), to: HPA(0), LeafAttributes())
    }
    let table = try PageTable<GPA>(frames: frames)
    table.destroy()
    let page = try range(0, pageBytes, in: GPA.self)
    #expect(refusal { () throws(MemoryError) in try table.map(page, to: HPA(0), LeafAttributes()) } == .brokenTable)
  }

  /// Random maps and unmaps of both sizes against a dictionary of 4 KiB pages.
  @Test func randomChangesAgreeWithADictionary() throws {
    let frames = FrameAllocator(over: try someMemory())
    let table = try PageTable<IOVA>(frames: frames)
    var random = SeededRandom(seed: 2026)
    var model: [UInt64: UInt64] = [:]
    // Around a border of 1 GiB, so that all levels change.
    let base: UInt64 = 1 << 30 - 2 * 512 * 4096
    for _ in 0..<300 {
      let isLarge = random.next() % 4 == 0
      let unit: UInt64 = isLarge ? 512 : 1
      let first = random.next() % (2048 / unit) * unit
      let count = min(2048 - first, (1 + random.next() % (isLarge ? 2 : 40)) * unit)
      let pages = first..<first + count
      let target = (1 + random.next() % 1000) * 512 * 4096
      let span = try range(base + first * 4096, count * 4096, in: IOVA.self)
      if random.next() & 1 == 0 {
        let isFree = pages.allSatisfy { model[$0] == nil }
        let code = refusal { () throws(MemoryError) in
          try table.map(span, to: HPA(target), LeafAttributes(), largest: isLarge ? .large : .small)
        }
        #expect(code == (isFree ? nil : .overlap))
        if code == nil { for page in pages { model[page] = target + (page - first) * 4096 } }
      } else {
        let isMapped = pages.allSatisfy { model[$0] != nil }
        let code = refusal { () throws(MemoryError) in _ = try table.unmap(span) }
        if code == nil { for page in pages { model[page] = nil } }
        #expect(isMapped ? code == nil || code == .sizeMismatch : code == .notMapped || code == .sizeMismatch)
      }
    }
    for page in 0..<2048 as Range<UInt64> {
      let address = IOVA(base + page * 4096)
      #expect(table.walk(address).map { $0.resolve(address).rawValue } == model[page])
    }
    for leaf in table.leaves() { _ = try table.unmap(range(leaf.start.rawValue, leaf.size.bytes)) }
    #expect(frames.allocatedBytes == pageBytes)
  }
}
