import Memory
import Primitives
import Testing

@Suite struct IOMMUTests {
  let device = RequesterID(rawValue: 0x100)

  private func request(
    _ operation: AccessOperation, _ start: UInt64, _ length: UInt64, trusted: Bool = false, from id: RequesterID? = nil
  ) throws -> AccessRequest<IOVA> {
    let initiator = Initiator.device(id ?? device, trusted: trusted, stream: trusted ? 1 : nil)
    return try #require(AccessRequest(initiator, operation, at: IOVA(start), length: length))
  }
  private func fault(_ iommu: IOMMU, _ request: AccessRequest<IOVA>) -> TranslationFault.Code? {
    do throws(TranslationFault) { _ = try iommu.runs(of: request) } catch { return error.code }
    return nil
  }

  @Test func eachTBitHasItsOwnTable() throws {
    let frames = FrameAllocator(over: try someMemory())
    let iommu = IOMMU()
    let (io, secure) = (try PageTable<IOVA>(frames: frames), try PageTable<GPA>(frames: frames))
    try io.map(range(0, 0x2000), to: HPA(0x10_0000), LeafAttributes())
    try secure.map(range(0, 0x2000), to: HPA(0x20_0000), LeafAttributes(private: true))
    #expect(fault(iommu, try request(.read, 0, 8)) == .noContext)
    iommu.setSharedContext(io, for: device)
    #expect(try iommu.translate(request(.read, 8, 8)).range == range(0x10_0008, 8))
    #expect(try iommu.translate(request(.read, 8, 8)).key == .shared)
    #expect(fault(iommu, try request(.read, 0, 8, trusted: true)) == .noContext)
    for state in [IOMMU.TrustedState.pending, .blocked] {
      iommu.setTrustedContext(.init(state, table: secure, key: alice), for: device)
      #expect(fault(iommu, try request(.read, 0, 8, trusted: true)) == .contextNotPresent)
    }
    iommu.setTrustedContext(.init(.present, table: secure, key: alice), for: device)
    let trusted = try iommu.translate(request(.read, 8, 8, trusted: true))
    #expect(try trusted.range == range(0x20_0008, 8))
    #expect(trusted.key == alice && !trusted.fromCache)
    #expect(fault(iommu, try request(.read, 0, 8, from: RequesterID(rawValue: 0x101))) == .noContext)
    #expect(fault(iommu, try #require(AccessRequest(.hostCPU, .read, at: IOVA(0), length: 8))) == .noContext)
  }

  @Test func faultsNameTheFirstAddress() throws {
    let frames = FrameAllocator(over: try someMemory())
    let iommu = IOMMU()
    let io = try PageTable<IOVA>(frames: frames)
    iommu.setSharedContext(io, for: device)
    try io.map(range(0x1000, 0x1000), to: HPA(0x10_0000), LeafAttributes(writable: false))
    #expect(fault(iommu, try request(.write, 0x1000, 8)) == .permission)
    let long = try request(.read, 0x1800, 0x1000)
    do {
      _ = try iommu.runs(of: long)
      Issue.record("translated a hole")
    } catch {
      #expect(error.code == .notPresent && error.address == 0x2000)
      #expect(error.description == "not-present at 0x2000: read of 4096 bytes at 0x1800 by 0000:01:00.0 T=0")
    }
    // More rights need no invalidation; fewer do.
    _ = try io.protect(range(0x1000, 0x1000), LeafAttributes())
    #expect(fault(iommu, try request(.write, 0x1000, 8)) == nil)
    let owed = try io.protect(range(0x1000, 0x1000), LeafAttributes(writable: false))
    #expect(fault(iommu, try request(.write, 0x1000, 8)) == nil)
    iommu.invalidate(owed, for: device)
    #expect(fault(iommu, try request(.write, 0x1000, 8)) == .permission)
  }

  @Test func neighboursBecomeOneRun() throws {
    let frames = FrameAllocator(over: try someMemory())
    let iommu = IOMMU()
    let io = try PageTable<IOVA>(frames: frames)
    iommu.setSharedContext(io, for: device)
    try io.map(range(0, 4 * largeBytes), to: HPA(8 * largeBytes), LeafAttributes())
    try io.map(range(4 * largeBytes, 3 * pageBytes), to: HPA(12 * largeBytes), LeafAttributes())
    try io.map(range(4 * largeBytes + 3 * pageBytes, pageBytes), to: HPA(0x1000), LeafAttributes())
    let runs = try iommu.runs(of: request(.read, 0x10, 4 * largeBytes + 4 * pageBytes - 0x10))
    let first = try range(8 * largeBytes + 0x10, 4 * largeBytes + 3 * pageBytes - 0x10, in: HPA.self)
    let expected = [first, try range(0x1000, pageBytes)]
    #expect(runs.map(\.range) == expected)
    #expect(try iommu.runs(of: request(.read, 0, 0)).isEmpty)
  }

  /// The context cache and the IOTLB are two; each has to be told.
  @Test func aBlockedContextServesUntilBothCachesAreTold() throws {
    let frames = FrameAllocator(over: try someMemory())
    let iommu = IOMMU()
    let secure = try PageTable<GPA>(frames: frames)
    try secure.map(range(0, 0x2000), to: HPA(0x20_0000), LeafAttributes(private: true))
    iommu.setTrustedContext(.init(.present, table: secure, key: alice), for: device)
    #expect(fault(iommu, try request(.read, 0, 8, trusted: true)) == nil)
    iommu.setTrustedContext(.init(.blocked, table: secure, key: alice), for: device)
    iommu.invalidatePages(of: device, trusted: true)
    // Even a page that was never used: the stale context walks the table.
    #expect(fault(iommu, try request(.read, 0x1000, 8, trusted: true)) == nil)
    iommu.invalidateContext(of: device, trusted: true)
    #expect(fault(iommu, try request(.read, 0x1000, 8, trusted: true)) == .contextNotPresent)

    iommu.setTrustedContext(.init(.present, table: secure, key: alice), for: device)
    #expect(fault(iommu, try request(.read, 0, 8, trusted: true)) == nil)
    let owed = try secure.unmap(range(0, 0x1000))
    #expect(try iommu.translate(request(.read, 0, 8, trusted: true)).fromCache)
    iommu.invalidate(trusted: owed, for: device)
    #expect(fault(iommu, try request(.read, 0, 8, trusted: true)) == .notPresent)
  }

  @Test func aDeviceCopiesBetweenItsWorlds() throws {
    let encryption = try someEncryption()
    let frames = FrameAllocator(over: encryption.memory)
    let iommu = IOMMU()
    let (io, secure) = (try PageTable<IOVA>(frames: frames), try PageTable<GPA>(frames: frames))
    let bounce = try frames.allocate(bytes: 2 * largeBytes, alignedTo: .large)
    let hidden = try frames.allocate(bytes: largeBytes, alignedTo: .large)
    try io.map(range(0, 2 * largeBytes), to: bounce.start, LeafAttributes())
    // Private memory backwards, page by page, so that nothing merges.
    for page in 0..<64 as Range<UInt64> {
      let frame = HPA(hidden.start.rawValue + (63 - page) * pageBytes)
      try secure.map(GPA(page * pageBytes), to: frame, size: .small, LeafAttributes(private: true))
    }
    try encryption.scrub(range(hidden.start.rawValue, 64 * pageBytes), as: alice)
    iommu.setSharedContext(io, for: device)
    iommu.setTrustedContext(.init(.present, table: secure, key: alice), for: device)
    let text = plaintext(200_000)
    _ = try encryption.write(text, at: bounce.start, as: .shared)
    let source = try iommu.runs(of: request(.read, 0, 200_000))
    let target = try iommu.runs(of: request(.write, 100, 200_000, trusted: true))
    #expect(source.count == 1 && target.count == 49)
    #expect(try encryption.copy(from: source, to: target) == .clean)
    #expect(try encryption.read(target).bytes == text)
    #expect(try encryption.read(target.map { Translation(host: $0.range) }).bytes == bytes(0, 200_000))
    // And back, shared to shared, on the fast path.
    let back = try iommu.runs(of: request(.write, largeBytes + 1, 200_000))
    #expect(try encryption.copy(from: target, to: back) == .clean)
    let far = try iommu.runs(of: request(.write, largeBytes + 1_000_000, 200_000))
    #expect(try encryption.copy(from: back, to: far) == .clean)
    #expect(try encryption.read(far).bytes == text)
    try encryption.reclaim(hidden, to: frames)
    #expect(encryption.isUntouched(hidden))
  }
}

@Suite struct StaleTableTests {
  /// The frames of a destroyed table are somebody else's: a context that was not invalidated walks what they hold now.
  @Test func aStaleContextWalksReusedFrames() throws {
    let memory = try someMemory()
    let frames = FrameAllocator(over: memory)
    let iommu = IOMMU()
    let device = RequesterID(rawValue: 8)
    let request = try #require(AccessRequest(.device(device, trusted: false, stream: nil), .read, at: IOVA(0x1000), length: 4))
    let old = try PageTable<IOVA>(frames: frames)
    try old.map(IOVA(0x1000), to: HPA(0x10_0000), size: .small, LeafAttributes())
    iommu.setSharedContext(old, for: device)
    #expect(try iommu.translate(request).range.start == HPA(0x10_0000))
    iommu.setSharedContext(nil, for: device)
    iommu.invalidatePages(of: device, trusted: false)
    old.destroy()
    // The same root frame, by the allocator's order, now serves another table.
    let new = try PageTable<IOVA>(frames: frames)
    #expect(new.root == old.root)
    try new.map(IOVA(0x1000), to: HPA(0x20_0000), size: .small, LeafAttributes())
    #expect(try iommu.translate(request).range.start == HPA(0x20_0000))
    iommu.invalidateAll()
    #expect(throws: TranslationFault.self) { try iommu.translate(request) }
  }
}

@Suite struct PhysicalMapTests {
  @Test func everyAddressBelongsToSomebodyOrNobody() throws {
    var map = PhysicalMap(memory: try someMemory(1 << 30))
    let owner = try #require(RequesterID("02:00.0"))
    try map.add(.init(range: range(0xE000_0000, 0x4000), owner: owner, bar: 0))
    try map.add(.init(range: range(0xD000_0000, 0x1000), owner: owner, bar: 2))
    #expect(map.target(of: HPA(5)) == .memory)
    #expect(map.target(of: HPA(0xE000_2008)) == .mmio(owner: owner, bar: 0, offset: 0x2008))
    #expect(map.target(of: HPA(0xE000_4000)) == .nothing)
    #expect(map.address(of: owner, bar: 0, offset: 0x3FFF) == HPA(0xE000_3FFF))
    #expect(map.address(of: owner, bar: 0, offset: 0x4000) == nil)
    #expect(map.regions.map(\.range.start.rawValue) == [0, 0xD000_0000, 0xE000_0000])
    let inMemory = PhysicalMap.Window(range: try range(1 << 30 - 0x1000, 0x2000), owner: owner, bar: 4)
    #expect(refusal { () throws(MemoryError) in try map.add(inMemory) } == .overlap)
    let empty = PhysicalMap.Window(range: try range(0xF000_0000, 0), owner: owner, bar: 4)
    #expect(refusal { () throws(MemoryError) in try map.add(empty) } == .impossibleRange)
    map.removeWindows(of: owner, bar: 0)
    #expect(map.target(of: HPA(0xE000_2008)) == .nothing)
    map.removeWindows(of: owner)
    #expect(map.regions.count == 1)
  }
}
