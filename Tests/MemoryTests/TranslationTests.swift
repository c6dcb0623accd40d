import Memory
import Primitives
import Testing

@Suite struct TranslationCacheTests {
  private func leaf(_ page: UInt64, _ size: PageSize = .small) -> Leaf<GPA> {
    Leaf(start: GPA(page), target: HPA(page + 1 << 30), size: size, attributes: LeafAttributes())
  }
  let vm = TranslationContext.vm(VMIdentifier(rawValue: 1))

  @Test func theOldestEntryGoesFirst() {
    var cache = TranslationCache<GPA>(capacity: 3)
    for page in [0x1000, 0x2000, 0x3000, 0x4000] as [UInt64] { cache.insert(leaf(page), in: vm) }
    #expect(cache.entries.map(\.leaf.start.rawValue).sorted() == [0x2000, 0x3000, 0x4000])
    #expect(cache.lookUp(GPA(0x1000), in: vm) == nil)
    #expect(cache.lookUp(GPA(0x2FFF), in: vm) == leaf(0x2000))
    #expect(cache.hits == 1 && cache.misses == 1)
    cache.insert(leaf(0x5000), in: vm)
    #expect(cache.lookUp(GPA(0x2000), in: vm) == nil)
    #expect(cache.count == 3)
  }

  @Test func contextsDoNotSeeEachOther() throws {
    let device = try #require(RequesterID("01:00.0"))
    let contexts: [TranslationContext] = [
      vm, .vm(VMIdentifier(rawValue: 8)), .device(device, trusted: true), .device(device, trusted: false),
    ]
    for own in contexts {
      var cache = TranslationCache<GPA>()
      cache.insert(leaf(0), in: own)
      for other in contexts { #expect((cache.lookUp(GPA(0), in: other) != nil) == (other == own)) }
      for other in contexts where other != own { cache.invalidate(context: other) }
      #expect(cache.count == 1)
      cache.invalidate(context: own)
      #expect(cache.count == 0 && cache.lookUp(GPA(0), in: own) == nil)
    }
  }

  @Test func invalidationByPageTakesWhatItTouches() throws {
    var cache = TranslationCache<GPA>()
    for page in [leaf(0x1000), leaf(0x2000), leaf(largeBytes, .large), leaf(1 << 30, .huge)] { cache.insert(page, in: vm) }
    #expect(cache.lookUp(GPA(1 << 30 + 0x123456), in: vm)?.size == .huge)
    cache.invalidate(Invalidation(try range(0x2000, 0x1000)), in: vm)
    #expect(cache.lookUp(GPA(0x1000), in: vm) != nil && cache.lookUp(GPA(0x2000), in: vm) == nil)
    cache.invalidate(Invalidation(try range(largeBytes + 0x5000, 0x1000)), in: vm)
    #expect(cache.lookUp(GPA(largeBytes), in: vm) == nil)
    cache.invalidateAll()
    #expect(cache.count == 0)
    cache.insert(Leaf(start: GPA(0), target: HPA(0), size: .small, attributes: LeafAttributes().inaccessible), in: vm)
    #expect(cache.count == 0)
  }
}

@Suite struct GuestAddressSpaceTests {
  @Test func aForgottenInvalidationReturnsTheOldByte() throws {
    let encryption = try someEncryption()
    let frames = FrameAllocator(over: encryption.memory)
    let vm = VMIdentifier(rawValue: 1)
    let guest = GuestAddressSpace(
      vm: vm, key: alice, shared: try PageTable(frames: frames), secure: try PageTable(frames: frames))
    var tlb = TranslationCache<GPA>()
    let (old, new) = (try frames.allocate(), try frames.allocate())
    _ = try encryption.write(bytes(1, 64), at: old, as: alice)
    _ = try encryption.write(bytes(2, 64), at: new, as: alice)
    let secure = try #require(guest.secure)
    let page = try range(0x8000, pageBytes, in: GPA.self)
    func look() throws -> UInt8 {
      let request = try #require(AccessRequest(.virtualCPU(vm), .read, at: GPA(0x8010), length: 1))
      return try encryption.read(guest.runs(of: request, through: &tlb)).bytes[0]
    }

    try secure.map(page, to: old, LeafAttributes(private: true))
    #expect(try look() == 1)
    let owed = try secure.unmap(page)
    try secure.map(page, to: new, LeafAttributes(private: true))
    #expect(try look() == 1)
    tlb.invalidate(owed, in: .vm(vm))
    #expect(try look() == 2)
  }

  @Test func theSharedBitChoosesTableAndKey() throws {
    let frames = FrameAllocator(over: try someMemory())
    let vm = VMIdentifier(rawValue: 1)
    let guest = GuestAddressSpace(
      vm: vm, key: alice, shared: try PageTable(frames: frames), secure: try PageTable(frames: frames))
    let alias = guest.sharedAlias(of: GPA(0x3000))
    try guest.shared.map(alias, to: HPA(0x10_0000), size: .small, LeafAttributes(private: true))
    try guest.secure?.map(GPA(0x3000), to: HPA(0x20_0000), size: .small, LeafAttributes(private: true))
    var tlb = TranslationCache<GPA>()
    func run(_ at: GPA, _ initiator: Initiator = .virtualCPU(VMIdentifier(rawValue: 1))) throws -> [Translation] {
      try guest.runs(of: try #require(AccessRequest(initiator, .write, at: at, length: 16)), through: &tlb)
    }
    #expect(try run(alias).map(\.key) == [.shared])
    #expect(try run(GPA(0x3000)).map(\.key) == [alice])
    #expect(try run(GPA(0x3000))[0].fromCache)
    #expect(throws: TranslationFault.self) { try run(GPA(0x4000)) }
    #expect(throws: TranslationFault.self) { try run(GPA(0x3000), .hostCPU) }
    #expect(try run(GPA(0x3FF0)).count == 1)
    #expect(throws: TranslationFault.self) { try run(GPA(0x3FF8)) }
  }
}
