import Heaps
import Memory
import Primitives
import Restriction
import Testing

@Suite struct RestrictedHeaps {
  @Test func allBackEndsLookTheSame() throws {
    for backEnd in ["carve-out", "reported by the TEE", "lent by SMC", "lent by FF-A", "second stage"] {
      let bench = try Workbench(enforcer: backEnd == "second stage" ? .secondStage : .firewall, addressing: .translated)
      let end: BackEnd =
        switch backEnd {
        case "carve-out": .carveOut(Workbench.range(48, 8))
        case "reported by the TEE": .reported(Workbench.range(48, 8))
        case "lent by SMC": .lentBySMC(from: bench.contiguous, minimum: 2 << 20)
        case "lent by FF-A": .lentByFFA(from: bench.contiguous, minimum: 2 << 20)
        default: .secondStage(Workbench.range(48, 8))
        }
      let heap = try bench.videoHeap(end)
      #expect(heap.name == "protected,secure-video" && heap.protection == .restricted(.secureVideo) && end.word == backEnd)
      let buffer = try heap.allocate(bytes: 10_000)
      let range = try whole(buffer)
      let memory = buffer.memory
      #expect(memory.isRestricted && range.length == 12_288)
      let text = Array("a clear sample".utf8)
      try bench.world.write(text, at: range.start, as: bench.codec)
      #expect(try bench.world.read(AddressRange(start: range.start, length: 14)!, as: bench.display) == text)
      let cpu = Result { () throws(BusError) in try bench.world.read(AddressRange(start: range.start, length: 14)!, as: .hostCPU) }
      switch cpu {
      case .success(let bytes): #expect(bytes.allSatisfy { $0 == 0 } && backEnd != "second stage")
      case .failure(let error): #expect(error.code == .secondStageFault && backEnd == "second stage")
      }
      buffer.close()
      let dirty = try bench.dirty([range])
      #expect(heap.backlogPages == 3 && dirty == 14, "who frees wrote nothing")
      #expect(try heap.work() == (end.word.hasPrefix("lent") ? 1 : 0))
      #expect(heap.backlogPages == 0)
      #expect(try bench.dirty([range]) == 0)
    }
  }

  @Test func aLoanTakesTheMinimumAndComesBackAfterItsLastBuffer() throws {
    let bench = try Workbench(), heap = try bench.videoHeap(.lentBySMC(from: bench.contiguous, minimum: 2 << 20))
    #expect(heap.loans == 0 && bench.world.worldSwitches == 0)
    let one = try heap.allocate(bytes: 4096), other = try heap.allocate(bytes: 4096)
    #expect(heap.loans == 1 && bench.world.worldSwitches == 1 && bench.contiguous.freePages == 4096 - 512)
    let large = try heap.allocate(bytes: 4 << 20)
    #expect(heap.loans == 2 && bench.world.worldSwitches == 2)
    let place = try whole(one)
    try bench.world.write([1, 2, 3], at: place.start, as: bench.codec)
    one.close()
    large.close()
    #expect(try heap.work() == 1)
    #expect(heap.loans == 1)
    #expect(try bench.world.read(place, as: .hostCPU).allSatisfy { $0 == 0 })
    other.close()
    #expect(try heap.work() == 1)
    #expect(heap.loans == 0 && bench.contiguous.freePages == 4096)
    // Ordinary again: the CPU's writes land.
    try bench.world.write([9], at: place.start, as: .hostCPU)
    #expect(try bench.world.read(AddressRange(start: place.start, length: 2)!, as: .hostCPU) == [9, 0])
  }

  @Test func unscrubbedPagesAreNeverHandedOutAndTheBacklogHasItsBound() throws {
    let bench = try Workbench(), heap = try bench.videoHeap(limit: 64, batch: 16)
    var random = SeededRandom(seed: 4), out: [(Holder, HeapMemory)] = []
    for round in 0..<4000 {
      if out.count > 40 || (round % 3 == 0 && !out.isEmpty) {
        out.remove(at: Int(random.next() % UInt64(out.count))).0.drop()
      } else {
        let buffer = try heap.allocate(bytes: 1 + random.next() % 40_000)
        let memory = buffer.memory
        #expect(try bench.dirty(memory.ranges) == 0)
        try bench.world.write([0xC1, 0xEA], at: memory.ranges[0].start, as: bench.codec)
        out.append((Holder(buffer), memory))
      }
    }
    #expect(heap.longestBacklog <= 64 + 41 * 10 && heap.longestBacklog >= 64 && heap.batches > 20)
    for (holder, _) in out { holder.drop() }
    try heap.work()
    #expect(heap.freePages == 2048)
    #expect(try bench.dirty([Workbench.range(48, 8)]) == 0)
  }

  @Test func thePoolIsTheLastBound() throws {
    let bench = try Workbench(), heap = try bench.videoHeap()
    for _ in 0..<3 {
      let all = try heap.allocate(bytes: 8 << 20)
      #expect(code { _ = try heap.allocate(bytes: 1) } == .exhausted)
      all.close()
      #expect(heap.backlogPages == 2048 && heap.freePages == 0)
    }
    #expect(heap.longestBacklog == 2048)
  }

  @Test func aScrubberWithoutARuleMakesNothingClean() throws {
    let bench = try Workbench(), heap = try bench.videoHeap()
    let buffer = try heap.allocate(bytes: 8 << 20)
    buffer.close()
    try bench.world.setRule(.none, master: bench.wiper, region: bench.video)
    #expect(code { _ = try heap.allocate(bytes: 4096) } == .refused(.scrubPermitted))
    #expect(heap.backlogPages == 2048, "nothing was lost")
    try bench.world.setRule(.write, master: bench.wiper, region: bench.video)
    #expect(code { _ = try heap.allocate(bytes: 4096) } == nil)
  }

  @Test func whatAnImporterHoldsStaysOut() throws {
    let bench = try Workbench(), heap = try bench.videoHeap(.lentBySMC(from: bench.contiguous, minimum: 1 << 20))
    let buffer = try heap.allocate(bytes: 4096), memory = buffer.memory
    bench.world.pin(memory, by: 1)
    buffer.close()
    #expect(heap.backlogPages == 0 && heap.heldBuffers == 1)
    #expect(try heap.work() == 0)
    #expect(heap.loans == 1)
    bench.world.pin(memory, by: -1)
    heap.importerLetGo()
    #expect(heap.backlogPages == 1)
    #expect(try heap.work() == 1)
    #expect(heap.loans == 0)
  }

  @Test func withoutTheSecureWorldNothingIsAllocated() throws {
    let bench = try Workbench(), heap = try bench.videoHeap()
    let buffer = try heap.allocate(bytes: 4096)
    heap.secureWorldLeaves()
    #expect(code { _ = try heap.allocate(bytes: 4096) } == .gone)
    buffer.close()
    try heap.work()
    #expect(heap.freePages == 2048)
  }

  @Test func aSecondStageKeepsNobodyWhoIsNotTranslated() throws {
    let bench = try? Workbench(enforcer: .secondStage, addressing: .physical)
    #expect(bench == nil)
    let memory = try PhysicalMemory(banks: [.init(Workbench.range(0, 16))])
    let world = try SecureWorld(
      memory, masters: [Master("dma", .physical), Master("wiper", .translated)], regions: [.init(.secureVideo, .secondStage)])
    #expect(
      code { _ = try RestrictedHeap(world, region: RegionIndex(0), backEnd: .secondStage(Workbench.range(0, 8)), scrubber: MasterIndex(2)) }
        == .unprotectable)
  }

  @Test func withoutTheGuardAnUnscrubbedPageIsSeen() throws {
    // The fault of the machine: the master says done and wrote nothing. The bytes are what shows it.
    let bench = try Workbench(), heap = try bench.videoHeap()
    let first = try heap.allocate(bytes: 8 << 20)
    try bench.world.write([7], at: first.memory.ranges[0].start, as: bench.codec)
    first.close()
    bench.world.mistakes = .skipsZeroing
    let next = try heap.allocate(bytes: 8 << 20)
    let ranges = next.memory.ranges
    #expect(try bench.dirty(ranges) == 1)
  }
}
