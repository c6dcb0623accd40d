import Buffers
import Primitives
import Testing

/// The CPU's mappings: made by the exporter, taken away for real.
@Suite struct CPUMappingTests {
  private let machine = Machine()

  @Test(arguments: [Population.faulted, .populated]) func bytesAreShared(_ population: Population) throws {
    let handle = try machine.memory.makeBuffer(named: "b", bytes: 8192), buffer = handle.buffer
    let mapping = try buffer.mapCPU(population)
    try mapping.write([1, 2, 3], at: 4095)
    #expect(try machine.bus.read(HostPhysicalAddress(try #require(buffer.ranges[0]).start.rawValue + 4095), count: 3) == [1, 2, 3])
    #expect(try mapping.read(at: 4096, count: 2) == [2, 3])
    #expect(code { _ = try mapping.read(at: 8192, count: 1) } == .badRange)
    #expect(code { _ = try mapping.read(at: -1, count: 1) } == .badRange)
    #expect(code { _ = try mapping.read(at: 1, count: .max) } == .badRange)
    let reader = try buffer.mapCPU(writable: false)
    #expect(code { try reader.write([0], at: 0) } == .unsupported)
  }

  @Test func aRevocationTakesThePages() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "camera", bytes: 4096), buffer = handle.buffer
    let mapping = try buffer.mapCPU()
    try mapping.write([42], at: 0)
    try buffer.revoke()
    do {
      _ = try mapping.read(at: 0, count: 1)
      Issue.record("a byte after the revocation")
    } catch {
      #expect(error.code == .revoked)
      #expect(error.buffer == "camera")
    }
    #expect(code { _ = try buffer.mapCPU() } == .revoked)
    try buffer.restore()
    #expect(try mapping.read(at: 0, count: 1) == [42])
  }

  /// A load that goes by no function of ours ends the process: it never gets a byte.
  @Test func aBareLoadTraps() async {
    await #expect(processExitsWith: .failure) {
      let handle = try Machine().onlyRevocable.makeBuffer(named: "camera", bytes: 4096)
      let mapping = try handle.buffer.mapCPU(.populated)
      try mapping.write([42], at: 0)
      try handle.buffer.revoke()
      print(mapping.start.load(as: UInt8.self))
    }
  }

  @Test func aMoveTakesThePagesAndTheNextTouchFindsTheNewOnes() throws {
    let handle = try machine.graphics().makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let mapping = try buffer.mapCPU()
    try mapping.write([7], at: 9)
    try buffer.move(to: .system)
    #expect(try mapping.read(at: 9, count: 1) == [7])
    try mapping.write([8], at: 9)
    try buffer.move(to: .local)
    #expect(try mapping.read(at: 9, count: 1) == [8])
  }

  @Test func aLongMappingKeepsTheBuffer() throws {
    let handle = try machine.graphics().makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let mapping = try buffer.mapCPU(long: true)
    #expect(code { try buffer.move(to: .system) } == .pinned)
    mapping.unmap()
    try buffer.move(to: .system)
  }

  @Test func noCPUMapsRestrictedMemory() throws {
    let region = try #require(AddressRange(start: HostPhysicalAddress(0x6000_0000), length: 1 << 20))
    let restricted = RestrictedMemory(region)
    let handle = try restricted.makeBuffer(named: "video", bytes: 4096)
    #expect(code { _ = try handle.buffer.mapCPU() } == .unsupported)
    #expect(code { _ = try handle.buffer.descriptor() } == .unsupported)
    let second = try restricted.makeBuffer(named: "video", bytes: 1 << 19)
    #expect(code { _ = try restricted.makeBuffer(named: "video", bytes: 1 << 19) } == .noRoom)
    second.close()
    let third = try restricted.makeBuffer(named: "video", bytes: 1 << 19)
    third.close()
  }

  @Test func accessWaitsForTheWorkThatItMustNotOvertake() throws {
    let handle = try machine.memory.makeBuffer(named: "b", bytes: 4096), buffer = handle.buffer
    let ring = Ring("gfx"), fence = ring.emit()
    try buffer.reservation.withLock { held in
      held.reserve()
      try held.add(fence, .read)
    }
    // Readers do not wait for readers.
    try buffer.beginCPUAccess(writing: false, timeout: 0)
    #expect(code { try buffer.beginCPUAccess(writing: true, timeout: 1_000_000) } == .busy)
    fence.signal()
    try buffer.beginCPUAccess(writing: true)
    #expect(buffer.cpuAccesses == 2)
    buffer.endCPUAccess()
    buffer.endCPUAccess()
    buffer.endCPUAccess()
    #expect(buffer.cpuAccesses == 0)
  }

  /// Memory that needs explicit sync: neither side sees the other's bytes before somebody says so.
  @Test func withoutSyncNobodySeesTheOther() throws {
    let camera = HostMemory(on: machine.bus, name: "camera", offers: [.pinned, .revocable], RangeAttributes(.cached, needsSync: true))
    let handle = try camera.makeBuffer(named: "frame", bytes: 8192), buffer = handle.buffer
    let start = try #require(buffer.ranges[0]?.start), mapping = try buffer.mapCPU()
    #expect(try mapping.read(at: 0, count: 1) == [0])
    try machine.bus.write([5], at: start)
    #expect(try mapping.read(at: 0, count: 1) == [0])
    try buffer.beginCPUAccess(writing: false)
    #expect(try mapping.read(at: 0, count: 1) == [5])
    buffer.endCPUAccess()
    // What is written outside of begin and end is nobody's to see, and lost with the next begin.
    try mapping.write([6], at: 0)
    #expect(try machine.bus.read(start, count: 1) == [5])
    try buffer.beginCPUAccess(writing: true)
    #expect(try mapping.read(at: 0, count: 1) == [5])
    try mapping.write([7], at: 4096)
    // A reader beside the writer does not throw its bytes away.
    try buffer.beginCPUAccess(writing: false)
    buffer.endCPUAccess()
    #expect(try mapping.read(at: 4096, count: 1) == [7])
    buffer.endCPUAccess()
    #expect(try machine.bus.read(HostPhysicalAddress(start.rawValue + 4096), count: 1) == [7])
    try buffer.revoke(.restorable)
    #expect(code { _ = try mapping.read(at: 0, count: 1) } == .revoked)
    // Coherent memory needs none of it.
    let plain = try machine.memory.makeBuffer(named: "plain", bytes: 4096), view = try plain.buffer.mapCPU()
    try machine.bus.write([8], at: try #require(plain.buffer.ranges[0]?.start))
    #expect(try view.read(at: 0, count: 1) == [8])
  }
}
