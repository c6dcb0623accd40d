import Crypto
import Primitives
import Testing

import PCI

/// 64 KiB of memory at IOVA 0x1_0000, with nothing around it.
struct FlatBus: DeviceBus {
  var memory = [UInt8](repeating: 0, count: 0x1_0000)
  var messages: [InterruptMessage] = []
  static let base: UInt64 = 0x1_0000

  private func place(_ address: IOVirtualAddress, _ count: Int, isWrite: Bool) throws(BusFault) -> Int {
    guard address.rawValue >= Self.base, address.rawValue - Self.base <= UInt64(memory.count - count) else {
      throw BusFault(address, isWrite: isWrite, .translation)
    }
    return Int(address.rawValue - Self.base)
  }
  mutating func read(_ address: IOVirtualAddress, into buffer: UnsafeMutableRawBufferPointer) throws(BusFault) {
    guard buffer.count <= memory.count else { throw BusFault(address, isWrite: false, .refused) }
    let at = try place(address, buffer.count, isWrite: false)
    buffer.copyBytes(from: memory[at..<at + buffer.count])
  }
  mutating func write(_ address: IOVirtualAddress, from buffer: UnsafeRawBufferPointer) throws(BusFault) {
    guard buffer.count <= memory.count else { throw BusFault(address, isWrite: true, .refused) }
    let at = try place(address, buffer.count, isWrite: true)
    memory.replaceSubrange(at..<at + buffer.count, with: buffer)
  }
  mutating func signal(_ message: InterruptMessage) { messages.append(message) }

  mutating func put(_ descriptor: CopyDescriptor, slot: Int) {
    memory.replaceSubrange(slot * 64..<slot * 64 + 64, with: descriptor.bytes)
  }
  func descriptor(slot: Int) throws -> CopyDescriptor { try CopyDescriptor(bytes: memory[slot * 64..<slot * 64 + 64]) }
}

@Suite struct CopyEngineTests {
  private func engine(ring: UInt64 = FlatBus.base, size: UInt64 = 4) -> CopyEngine {
    var engine = CopyEngine(msix: (try? BuiltInDump.read())?.msix)
    engine.write(CopyEngineRegister.ringBase.offset, width: 8, ring)
    engine.write(CopyEngineRegister.ringSize.offset, width: 8, size)
    engine.write(CopyEngineRegister.vector.offset, width: 8, 3)
    engine.write(CopyEngineRegister.control.offset, width: 4, 1)
    // Vector 3: address, data, unmasked.
    engine.write(0x2030, width: 8, 0xFEE0_0000)
    engine.write(0x2038, width: 8, 0x41)
    return engine
  }
  private func ring(_ engine: inout CopyEngine, _ tail: UInt64, _ bus: inout FlatBus) -> [CopyEngine.Completion] {
    #expect(engine.write(CopyEngineRegister.tail.offset, width: 8, tail) == .doorbell)
    return engine.work(on: &bus)
  }
  private func iova(_ offset: UInt64) -> IOVirtualAddress { IOVirtualAddress(FlatBus.base + offset) }

  @Test func copiesHashesAndInterrupts() throws {
    var (bus, engine) = (FlatBus(), engine())
    for i in 0..<0x3000 { bus.memory[0x1000 + i] = UInt8(truncatingIfNeeded: i &* 7) }
    bus.put(CopyDescriptor(source: iova(0x1000), destination: iova(0x8000), length: 0x2FFF), slot: 0)
    bus.put(CopyDescriptor(source: iova(0x1000), destination: iova(0x8001), length: 1, flags: [.noDigest, .noInterrupt]), slot: 1)
    let done = ring(&engine, 2, &bus)
    #expect(done.map(\.index) == [0, 1] && done.allSatisfy { $0.fault == nil })
    let digest = Array(SHA256.hash(data: bus.memory[0x1000..<0x3FFF]))
    #expect(try bus.descriptor(slot: 0).digest == digest && bus.descriptor(slot: 0).status == .done)
    #expect(try bus.descriptor(slot: 1).digest == Array(repeating: 0, count: 32))
    #expect(bus.memory[0x8000] == 0 && bus.memory[0x8001] == 0 && bus.memory[0x8002] == 14)
    #expect(bus.messages == [InterruptMessage(vector: 3, address: 0xFEE0_0000, data: 0x41)])
    #expect(engine[.completed] == 2 && engine[.moved] == 0x3000 && engine[.head] == 2 && !engine.hasWork)
  }

  @Test func ringWraps() {
    var (bus, engine) = (FlatBus(), engine())
    for slot in 0..<4 { bus.put(CopyDescriptor(source: iova(0x1000), destination: iova(0x2000), length: 8), slot: slot) }
    #expect(ring(&engine, 3, &bus).count == 3)
    #expect(ring(&engine, 1, &bus).map(\.index) == [3, 0])
  }

  @Test(
    arguments: [
      (0, 0, 0, CopyDescriptor.Status.badLength), (0, 0, CopyDescriptor.lengthLimit + 1, .badLength),
      (UInt64.max - 3, 0x1_1000, 8, .badRange), (0x1_1000, UInt64.max - 3, 8, .badRange), (0x5_0000, 0x1_1000, 8, .readFault),
      (0x1_1000, 0x5_0000, 8, .writeFault), (0x1_1000, 0x1_1000, CopyDescriptor.lengthLimit, .writeFault),
    ] as [(UInt64, UInt64, UInt32, CopyDescriptor.Status)])
  func badDescriptorsFailAlone(source: UInt64, destination: UInt64, length: UInt32, status: CopyDescriptor.Status) throws {
    var (bus, engine) = (FlatBus(), engine())
    bus.put(CopyDescriptor(source: IOVirtualAddress(source), destination: IOVirtualAddress(destination), length: length), slot: 0)
    bus.put(CopyDescriptor(source: iova(0x1000), destination: iova(0x2000), length: 8), slot: 1)
    let done = ring(&engine, 2, &bus)
    let actual = try bus.descriptor(slot: 0).status
    // The last case runs out of memory first while reading or while writing, as the pieces fall.
    #expect(actual == status || (length == CopyDescriptor.lengthLimit && actual == .readFault))
    #expect(done.count == 2 && done[1].descriptor.status == .done && engine.trouble == .none)
  }

  @Test(
    arguments: [
      (FlatBus.base + 1, 4, 1, CopyEngine.Trouble.badRing), (FlatBus.base, 3, 1, .badRing), (FlatBus.base, 512, 1, .badRing),
      (FlatBus.base, 0, 1, .badRing), (UInt64.max - 63, 256, 1, .badRing), (FlatBus.base, 4, 4, .badTail),
      (0x9_0000, 4, 1, .ringFault),
    ] as [(UInt64, UInt64, UInt64, CopyEngine.Trouble)])
  func badRingsStopTheEngine(base: UInt64, size: UInt64, tail: UInt64, trouble: CopyEngine.Trouble) {
    var (bus, engine) = (FlatBus(), engine(ring: base, size: size))
    #expect(ring(&engine, tail, &bus).isEmpty && engine.trouble == trouble)
    #expect(engine.read(CopyEngineRegister.status.offset, width: 8) == 3 | UInt64(trouble.rawValue) << 8)
    #expect(engine.write(CopyEngineRegister.control.offset, width: 8, 2) == .reset && engine.trouble == .none)
  }

  @Test func maskedVectorWaits() {
    var (bus, engine) = (FlatBus(), engine())
    bus.put(CopyDescriptor(source: iova(0x1000), destination: iova(0x2000), length: 8), slot: 0)
    engine.write(0x203C, width: 4, 1)
    _ = ring(&engine, 1, &bus)
    #expect(bus.messages.isEmpty && engine.read(0x2800, width: 8) == 8)
    #expect(engine.write(0x203C, width: 4, 0) == .doorbell)
    _ = engine.step(on: &bus)
    #expect(bus.messages.count == 1 && engine.read(0x2800, width: 8) == 0)
  }

  @Test func accessesAndScrubbing() {
    var engine = engine()
    #expect(engine.read(0, width: 8) == CopyEngine.identity && engine.read(4, width: 4) == CopyEngine.identity >> 32)
    for (offset, width) in [(1, 8), (2, 4), (0x1_0000, 8), (0, 2), (0, 16), (UInt64.max, 1)] as [(UInt64, Int)] {
      let before = engine
      engine.write(offset, width: width, 5)
      #expect(engine[.ringBase] == before[.ringBase] && engine.read(offset, width: width) & 0xFF == 0xFF)
    }
    #expect(engine.read(0x9000, width: 8) == 0)
    engine.write(0x1008, width: 2, 0xBEEF)
    engine.write(0x3FF8, width: 8, 0x1234)
    #expect(engine.read(0x1009, width: 1) == 0xBE)
    engine.scrub()
    #expect(engine.read(0x1008, width: 8) == 0 && engine[.ringBase] == 0 && engine.read(0x3FF8, width: 8) == 0x1234)
    engine.reset()
    #expect(engine.read(0x3FF8, width: 8) == 0)
  }
}
