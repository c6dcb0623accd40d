import Heaps
import Memory
import Primitives
import Restriction
import Testing

@Suite struct Firewall {
  let text = Array("clear".utf8)

  @Test func silentBehaviourReadsZerosAndIgnoresWrites() throws {
    let bench = try Workbench(), heap = try bench.videoHeap(), buffer = try heap.allocate(bytes: 4096)
    let range = AddressRange(start: try whole(buffer).start, length: 5)!
    try bench.world.write(text, at: range.start, as: bench.codec)
    #expect(try bench.world.read(range, as: .hostCPU) == [0, 0, 0, 0, 0])
    try bench.world.write([1], at: range.start, as: .hostCPU)
    #expect(try bench.world.read(range, as: bench.codec) == text)
    #expect(bench.world.violationCount == 2 && bench.world.interrupts == 0)
    #expect(bench.world.violations.map(\.master) == ["host-cpu", "host-cpu"] && bench.world.violations.map(\.access) == [.read, .write])
    // The display reads and does not write, the wiper the other way round.
    try bench.world.write([1], at: range.start, as: bench.display)
    #expect(try bench.world.read(range, as: bench.display) == text)
    #expect(try bench.world.read(range, as: bench.wiper) == [0, 0, 0, 0, 0])
  }

  @Test(arguments: [ViolationBehaviour.abort, .interrupt, [.abort, .interrupt]]) func othersAreLoud(_ behaviour: ViolationBehaviour) throws {
    let bench = try Workbench(behaviour), heap = try bench.videoHeap(), buffer = try heap.allocate(bytes: 4096)
    let range = buffer.memory.ranges[0]
    let answer = Result { () throws(BusError) in try bench.world.read(range, as: .hostCPU) }
    switch answer {
    case .success(let bytes): #expect(!behaviour.contains(.abort) && bytes.allSatisfy { $0 == 0 })
    case .failure(let error):
      #expect(behaviour.contains(.abort) && error.code == .externalAbort && error.violation?.master == "host-cpu" && error.address == range.start)
    }
    #expect(bench.world.interrupts == (behaviour.contains(.interrupt) ? 1 : 0))
  }

  @Test func anAccessAcrossTheEdgeGetsWhatItMay() throws {
    let bench = try Workbench(), heap = try bench.videoHeap(), buffer = try heap.allocate(bytes: 4096)
    let edge = buffer.memory.ranges[0].start.rawValue
    try bench.world.write([5, 5, 5, 5], at: HostPhysicalAddress(edge - 4), as: .hostCPU)
    try bench.world.write(text, at: HostPhysicalAddress(edge), as: bench.codec)
    #expect(try bench.world.read(AddressRange(start: HostPhysicalAddress(edge - 4), length: 8)!, as: .hostCPU) == [5, 5, 5, 5, 0, 0, 0, 0])
    #expect(try bench.world.read(AddressRange(start: HostPhysicalAddress(edge - 4), length: 8)!, as: bench.codec) == [5, 5, 5, 5] + text.prefix(4))
  }

  @Test func outsideOfMemoryIsNoTrap() throws {
    let bench = try Workbench()
    for start in [0, 0x7FFF_FFFF, 0x83FF_FFFF, UInt64.max - 8] as [UInt64] {
      #expect(throws: BusError.self) { try bench.world.read(AddressRange(start: HostPhysicalAddress(start), length: 8)!, as: .hostCPU) }
    }
    #expect(try bench.world.read(AddressRange(start: HostPhysicalAddress(0), length: 0)!, as: .hostCPU).isEmpty)
  }

  @Test func twoRestrictedHeapsAreIsolated() throws {
    let bench = try Workbench(), video = try bench.videoHeap()
    let payment = try RestrictedHeap(bench.world, region: bench.payment, backEnd: .carveOut(Workbench.range(56, 8)), scrubber: bench.wiper)
    #expect(payment.name == "protected,payment")
    let film = try video.allocate(bytes: 4096), card = try payment.allocate(bytes: 4096)
    try bench.world.write(text, at: film.memory.ranges[0].start, as: bench.codec)
    try bench.world.write(text, at: card.memory.ranges[0].start, as: bench.teller)
    func sees(_ master: MasterIndex, _ memory: HeapMemory) throws -> Bool {
      try bench.world.read(AddressRange(start: memory.ranges[0].start, length: 5)!, as: master) == text
    }
    let views = [
      try sees(bench.codec, film.memory), try sees(bench.teller, card.memory), try sees(bench.codec, card.memory),
      try sees(bench.teller, film.memory),
    ]
    #expect(views == [true, true, false, false])
    #expect(code { try bench.world.setRule(.read, master: bench.codec, region: bench.payment) } == .refused(.ruleIsolation))
    #expect(code { try bench.world.setRule(.write, master: bench.teller, region: bench.video) } == .refused(.ruleIsolation))
    #expect(code { try bench.world.setRule(.read, master: bench.codec, region: bench.video, by: .normal) } == .refused(.ruleSecureWorld))
    #expect(code { try bench.world.setRule(.read, master: .hostCPU, region: bench.video) } == .refused(.ruleNotCPU))
  }

  @Test func theSecureWorldChecksWhatItIsLent() throws {
    let bench = try Workbench(), world = bench.world, mebibyte = Workbench.range(32, 1)
    func range(_ start: UInt64, _ length: UInt64) throws -> AddressRange<HostPhysicalAddress> {
      try #require(AddressRange(start: HostPhysicalAddress(Workbench.start + start), length: length))
    }
    try world.lend(mebibyte, cookie: 5, to: bench.video)
    #expect(code { try world.lend(Workbench.range(33, 1), cookie: 5, to: bench.video) } == .refused(.lendCookie))
    #expect(code { try world.lend(try range(32 << 20 + 4096, 1 << 20), cookie: 6, to: bench.video) } == .refused(.lendOrdinary))
    #expect(code { try world.lend(try range(34 << 20 + 2048, 1 << 20), cookie: 6, to: bench.video) } == .refused(.lendAligned))
    #expect(code { try world.lend(try range(34 << 20, 4096), cookie: 6, to: bench.video) } == .refused(.lendMinimum))
    #expect(code { try world.lend(try range(63 << 20, 2 << 20), cookie: 6, to: bench.video) } == .badRequest)
    #expect(code { try world.reclaim(cookie: 6) } == .refused(.releaseCookie))
    #expect(code { try world.reclaim(cookie: 5) } == .refused(.releaseScrubbed))
    #expect(code { try world.assign(handle: 5, to: bench.payment) } == .refused(.assignOnce))
    #expect(code { try world.memoryReclaim(handle: 5) } == .refused(.reclaimReleased))
    #expect(world.worldSwitches == 10)
  }
}
