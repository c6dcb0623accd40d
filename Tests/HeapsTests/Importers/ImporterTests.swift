import Heaps
import Memory
import Primitives
import Restriction
import Testing

/// A heap that says that it is restricted, and is not: what an integrator's mistake looks like.
final class MisconfiguredHeap: Heap {
  let name = "protected,secure-video", protection = Protection.restricted(.secureVideo)
  private let inner: ContiguousHeap
  init(_ inner: ContiguousHeap) { self.inner = inner }
  func allocate(bytes: UInt64) throws(HeapError) -> HeapBuffer { try inner.allocate(bytes: bytes).claiming(protection, of: name) }
  func addReference(_ slot: Int) { inner.addReference(slot) }
  func dropReference(_ slot: Int) { inner.dropReference(slot) }
}

@Suite struct Importers {
  func gpu(_ bench: Workbench) -> ProtectedGPU { ProtectedGPU(bench.world, normal: bench.display, protected: bench.codec) }

  @Test func aGPURefusesOrdinaryMemoryAndNamesIt() throws {
    let bench = try Workbench(), gpu = gpu(bench)
    let buffer = try bench.contiguous.allocate(bytes: 65536)
    do {
      try gpu.enableLate(buffer)
      Issue.record("it took ordinary memory")
    } catch {
      #expect(error.code == .notRestricted && error.reason.contains("buffer 1 of heap 'memory@82000000-contiguous'"))
      #expect(error.reason.contains("protected firmware section"))
    }
    #expect(gpu.section == .absent && gpu.resets == 0)
    #expect(code { try gpu.enterProtectedMode() } == .unknownHeap)
    #expect(bench.contiguous.freePages == 4096, "what was refused is closed")
  }

  @Test func aGPUTakesRestrictedMemoryAndRunsInIt() throws {
    let bench = try Workbench(), heap = try bench.videoHeap(), gpu = gpu(bench)
    #expect(try gpu.enableLate(try heap.allocate(bytes: 65536)) == 0, "nobody waits")
    try gpu.enterProtectedMode()
    let from = try heap.allocate(bytes: 4096), to = try heap.allocate(bytes: 4096), open = try bench.contiguous.allocate(bytes: 4096)
    let (source, target, ordinary) = (from.memory, to.memory, open.memory)
    try bench.world.write([1, 2, 3], at: source.ranges[0].start, as: bench.codec)
    try gpu.runProtected(source, to: target, count: 3)
    #expect(try bench.world.read(AddressRange(start: target.ranges[0].start, length: 3)!, as: bench.codec) == [254, 253, 252])
    #expect(code { try gpu.runProtected(source, to: ordinary, count: 3) } == .notRestricted)
    #expect(code { _ = try gpu.attachSuspendBuffer(ordinary) } == .notRestricted && code { _ = try gpu.attachSuspendBuffer(source) } == nil)
    gpu.leaveProtectedMode()
    #expect(code { try gpu.runProtected(source, to: target, count: 3) } == .badRequest)
  }

  @Test func aResetMakesJobsLaterAndChangesNothingElse() throws {
    let bench = try Workbench(), heap = try bench.videoHeap(), gpu = gpu(bench)
    let from = try bench.contiguous.allocate(bytes: 4096), short = try bench.contiguous.allocate(bytes: 4096)
    let long = try bench.contiguous.allocate(bytes: 4096), (source, one, two) = (from.memory, short.memory, long.memory)
    func wrote(_ memory: HeapMemory) throws -> Bool {
      try bench.world.read(AddressRange(start: memory.ranges[0].start, length: 2)!, as: .hostCPU) == [254, 253]
    }
    try bench.world.write([1, 2], at: source.ranges[0].start, as: .hostCPU)
    gpu.start(source, to: one, count: 2, taking: 1000)
    gpu.start(source, to: two, count: 2, taking: 9000)
    #expect(try gpu.pass(999).isEmpty && !wrote(one))
    #expect(try gpu.pass(1) == [1] && wrote(one) && !wrote(two))
    #expect(try gpu.enableLate(try heap.allocate(bytes: 65536)) == 5000)
    #expect(gpu.clock == 6000 && gpu.delay == 5000, "one job was left to wait")
    #expect(try gpu.pass(7999).isEmpty && gpu.jobs.map(\.number) == [2])
    #expect(try gpu.pass(1) == [2] && wrote(two) && gpu.clock == 14_000)
  }

  @Test func ordinaryJobsNeedNoRestrictedHeap() throws {
    let bench = try Workbench(), gpu = gpu(bench)
    let from = try bench.contiguous.allocate(bytes: 4096), to = try bench.contiguous.allocate(bytes: 4096)
    let (source, target) = (from.memory, to.memory)
    try bench.world.write([1], at: source.ranges[0].start, as: .hostCPU)
    try gpu.run(source, to: target, count: 1)
    #expect(try bench.world.read(AddressRange(start: target.ranges[0].start, length: 1)!, as: .hostCPU) == [254])
  }

  @Test func aProbeIsDeferredAndAHeapThatLiesIsFoundOut() throws {
    let bench = try Workbench(), gpu = gpu(bench), registry = HeapRegistry()
    #expect(code { try gpu.probe(registry, heap: .name("protected,secure-video")) } == .unknownHeap)
    try registry.register(MisconfiguredHeap(bench.contiguous))
    do {
      try gpu.probe(registry, heap: .name("protected,secure-video"))
      Issue.record("it believed the name")
    } catch { #expect(error.code == .notRestricted && error.reason.contains("the firewall leaves it open")) }
  }

  @Test func aCodecRefusesWhatIsOnTheWrongSideBothWays() throws {
    let bench = try Workbench(), heap = try bench.videoHeap()
    let payment = try RestrictedHeap(bench.world, region: bench.payment, backEnd: .carveOut(Workbench.range(56, 8)), scrubber: bench.wiper)
    let one = try heap.allocate(bytes: 4096), two = try heap.allocate(bytes: 4096), three = try heap.allocate(bytes: 4096)
    let open = try bench.contiguous.allocate(bytes: 4096), card = try payment.allocate(bytes: 4096)
    let (input, output, scratch, ordinary, foreign) = (one.memory, two.memory, three.memory, open.memory, card.memory)
    func session(_ i: HeapMemory, _ o: HeapMemory, _ s: HeapMemory, _ f: HeapMemory) -> HeapError.Code? {
      code { _ = try RestrictedCodec(bench.world, bench.codec, input: i, output: o, scratch: s, feedback: f) }
    }
    #expect(session(input, output, scratch, ordinary) == nil)
    #expect(session(input, ordinary, scratch, ordinary) == .notRestricted)
    #expect(session(ordinary, output, scratch, ordinary) == .notRestricted)
    #expect(session(input, output, ordinary, ordinary) == .notRestricted)
    #expect(session(input, foreign, scratch, ordinary) == .notRestricted)
    #expect(session(input, output, scratch, input) == .notOrdinary)
    #expect(code { _ = try RestrictedCodec.requireClear(bench.world, output: output, as: "codec") } == .notOrdinary)
    #expect(code { _ = try RestrictedCodec.requireClear(bench.world, output: ordinary, as: "codec") } == nil)
    #expect(code { _ = try bench.world.mapForCPU(output) } == .notOrdinary && code { _ = try bench.world.mapForCPU(ordinary) } == nil)
  }

  @Test func firmwareThatCannotBeResetIsLoadedRightOrNever() throws {
    let bench = try Workbench(), heap = try bench.videoHeap()
    let open = try bench.contiguous.allocate(bytes: 4096), closed = try heap.allocate(bytes: 4096)
    let (ordinary, restricted) = (open.memory, closed.memory)
    var firmware = SharedFirmware("codec")
    #expect(code { try firmware.load(ordinary, bench.world, protectedLater: true) } == .notRestricted)
    try firmware.load(ordinary, bench.world, protectedLater: false)
    #expect(code { try firmware.beginProtectedSession() } == .notRestricted)
    #expect(code { try firmware.load(restricted, bench.world, protectedLater: true) } == .badRequest, "no reset, so no second time")
    #expect(firmware.state == .ordinary(ordinary) && code { try firmware.beginProtectedSession() } == .notRestricted)
    var other = SharedFirmware("codec")
    #expect(code { try other.beginProtectedSession() } == .notRestricted)
    try other.load(restricted, bench.world, protectedLater: true)
    #expect(code { try other.beginProtectedSession() } == nil)
  }

  @Test func aMasterWithoutAnIOMMUNeedsOnePiece() throws {
    let physical = try Workbench(), translated = try Workbench(addressing: .translated)
    for bench in [physical, translated] {
      let buffer = try bench.system.allocate(bytes: 69_632), memory = buffer.memory
      #expect(memory.ranges.count == 2)
      guard bench.world.masters[1].addressing == .translated else {
        #expect(code { _ = try bench.world.window(memory, for: bench.codec) } == .notContiguous)
        continue
      }
      let window = try bench.world.window(memory, for: bench.codec)
      let (isTranslated, start) = (window.isTranslated, window.start)
      #expect(isTranslated && start >= MasterMappings.first)
      try bench.world.write([1, 2, 3, 4], window, at: 65_534)
      let across = try bench.world.read(window, at: 65_533, count: 6)
      #expect(across == [0, 1, 2, 3, 4, 0])
      var beyond: BusError?
      do throws(BusError) { _ = try bench.world.read(window, at: 69_631, count: 2) } catch { beyond = error }
      #expect(beyond?.code == .notMemory)
    }
  }

  /// The tables are real: leaves lead to the buffer's pages and to nothing else, and with the window they are gone, from the cache too.
  @Test(arguments: [false, true]) func aWindowIsLeavesOfATableAndEndsWithThem(_ inMachineMemory: Bool) throws {
    let bench = try Workbench(addressing: .translated, tables: inMachineMemory ? Workbench.range(63, 1) : nil), world = bench.world
    let buffer = try bench.system.allocate(bytes: 69_632), memory = buffer.memory, other = try bench.system.allocate(bytes: 4096)
    let window = try world.window(memory, for: bench.codec), start = window.start
    let mappings = try #require(world.mappings), table = try #require(mappings.table(of: bench.codec))
    let leaves = table.leaves()
    #expect(leaves.map(\.size.bytes).reduce(0, +) == memory.length && leaves.first?.start.rawValue == start)
    for leaf in leaves { #expect(memory.ranges.contains { $0.contains(leaf.target) } && leaf.attributes == LeafAttributes()) }
    #expect(Workbench.range(63, 1).contains(table.root) == inMachineMemory)
    _ = try world.read(window, count: 4096)
    #expect(mappings.iommu.cache.count > 0 && mappings.table(of: bench.display) == nil)
    window.close()
    #expect(table.leaves().isEmpty && mappings.iommu.cache.count == 0 && mappings.frameCount == 1)
    var fault: BusError?
    do throws(BusError) { _ = try world.read(at: IOVirtualAddress(start), count: 1, as: bench.codec) } catch { fault = error }
    #expect(fault?.code == .translationFault)
    let place = other.memory.ranges[0].start
    #expect(!memory.ranges.contains { $0.contains(place) })
  }

  /// Tables are the kernel's, and the firewall is not: what it maps for a master without a rule reads as zeros.
  @Test func aTableGivesNoRight() throws {
    let bench = try Workbench(addressing: .translated), heap = try bench.videoHeap(), buffer = try heap.allocate(bytes: 4096), memory = buffer.memory
    let mine = try bench.world.window(memory, for: bench.codec), theirs = try bench.world.window(memory, for: bench.teller)
    try bench.world.write([1, 2, 3], mine)
    let (own, other) = (try bench.world.read(mine, count: 3), try bench.world.read(theirs, count: 3))
    #expect(own == [1, 2, 3] && other == [0, 0, 0])
    #expect(bench.world.violations.last?.master == "teller")
  }

  @Test func pagesThatAreMappedStayOutAfterTheLastHandle() throws {
    let bench = try Workbench(addressing: .translated), heap = try bench.videoHeap(), buffer = try heap.allocate(bytes: 8192)
    let window = try bench.world.window(buffer.memory, for: bench.codec)
    try bench.world.write([7], window)
    buffer.close()
    try heap.work()
    let kept = try bench.world.read(window, count: 1)
    #expect(kept == [7] && heap.heldBuffers == 1 && heap.backlogPages == 0 && heap.freePages == 2046)
    window.close()
    try heap.work()
    #expect(heap.heldBuffers == 0 && heap.freePages == 2048)
  }
}
