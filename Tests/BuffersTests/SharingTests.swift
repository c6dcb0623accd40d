import Buffers
import Primitives
import Synchronization
import Testing

/// The way of a buffer: attach, map, use, unmap, detach, revoke.
@Suite struct SharingTests {
  private let machine = Machine()

  @Test func bytesGoThroughADevice() throws {
    let handle = try machine.revocable.makeBuffer(named: "frame", bytes: 10_000)
    #expect(handle.buffer.size == 12_288)
    let device = try machine.device()
    let mapped = try device.address(0x10_0000).map(handle.buffer)
    try device.address(0x10_0000 + 4094).write([1, 2, 3])
    #expect(try device.address(0x10_0000 + 4094).read(count: 3) == [1, 2, 3])
    #expect(handle.buffer.attachments.count == 1)
    mapped.unmap()
    #expect(code { _ = try device.address(0x10_0000).read(count: 1) } == .noAnswer)
    #expect(handle.buffer.attachments.isEmpty)
    #expect(device.mappedBytes == 0)
  }

  @Test func aRevocationTakesTheDevicesPages() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "frame", bytes: 4096)
    let device = try machine.device()
    let mapped = try device.address(0x1000).map(handle.buffer)
    try device.address(0x1000).write([7])
    let report = try handle.buffer.revoke()
    #expect(report == RevocationReport(outcome: .clean, told: 1, late: []))
    #expect(code { _ = try device.address(0x1000).read(count: 1) } == .noAnswer)
    // A new mapping is refused while it lasts, and the old one does not come back with the buffer (iommufd, dmabuf_revoke).
    #expect(code { _ = try device.address(0x9000).map(handle.buffer) } == .refused)
    try handle.buffer.restore()
    #expect(code { _ = try device.address(0x1000).read(count: 1) } == .noAnswer)
    #expect(code { _ = try device.address(0x1000).map(handle.buffer) } == .badRange)
    mapped.unmap()
    let again = try device.address(0x1000).map(handle.buffer)
    #expect(try device.address(0x1000).read(count: 1) == [7])
    again.unmap()
  }

  @Test func iommufdRefusesWhatTheKernelsTestsRefuse() throws {
    let handle = try machine.revocable.makeBuffer(named: "simple", bytes: 8192)
    let device = try machine.device()
    #expect(code { _ = try device.address(0x1000).map(handle.buffer, length: 0) } == .badRange)
    #expect(code { _ = try device.address(0x1000).map(handle.buffer, from: 8192) } == .badRange)
    #expect(code { _ = try device.address(0x1000).map(handle.buffer, length: 8193) } == .badRange)
    #expect(code { _ = try device.address(.max & ~4095).map(handle.buffer) } == .badRange)
    #expect(handle.buffer.handleCount == 1)
  }

  @Test func aGuestFaultsItsPagesInAgain() throws {
    let handle = try machine.graphics().makeBuffer(named: "heap", bytes: 4 << 20)
    let guest = try machine.guest()
    let slot = try guest.addSlot(handle.buffer, at: GuestPhysicalAddress(0x4000_0000))
    #expect(slot.lifetime == .movable)
    #expect(guest.write([9, 8], at: GuestPhysicalAddress(0x4000_1000)) == .done([]))
    let before = handle.buffer.ranges
    try handle.buffer.move(to: .system)
    #expect(handle.buffer.ranges != before)
    #expect(handle.buffer.placement == .system)
    // It was write-combined and is cached now: the guest is told before it touches it.
    #expect(
      guest.read(GuestPhysicalAddress(0x4000_1000), count: 2) == .announce(slot: slot.slot, was: .writeCombined, is: .cached))
    guest.acknowledge(slot: slot.slot, .cached)
    #expect(guest.read(GuestPhysicalAddress(0x4000_1000), count: 2) == .done([9, 8]))
    #expect(guest.read(GuestPhysicalAddress(0x5000_0000), count: 1) == .noSlot(GuestPhysicalAddress(0x5000_0000)))
  }

  /// Defect 10 of the RFC: what a vCPU gets that touches a revoked slot names the slot and may be tried again.
  @Test func aVCPUOnARevokedSlotCanTryAgain() throws {
    let window = try machine.window()
    let handle = try window.makeBuffer(named: "bar2", [.init(offset: 0, length: 8192)])
    let guest = try machine.guest()
    let slot = try guest.addSlot(handle.buffer, at: GuestPhysicalAddress(0x1_0000_0000))
    #expect(guest.write([5], at: GuestPhysicalAddress(0x1_0000_0000)) == .done([]))
    try handle.buffer.revoke()
    #expect(
      guest.read(GuestPhysicalAddress(0x1_0000_0000), count: 1) == .retry(slot: slot.slot, buffer: "bar2", because: .revoked(.restorable)))
    try handle.buffer.restore()
    #expect(guest.read(GuestPhysicalAddress(0x1_0000_0000), count: 1) == .done([5]))
  }

  @Test func anRDMARegionPicksItsPages() throws {
    let handle = try machine.revocable.makeBuffer(named: "rx", bytes: 4 << 20)
    let network = RDMADevice("mlx5_0", on: machine.bus)
    let region = try network.register(handle.buffer, from: 100, length: 1 << 20)
    #expect(region.pageSize == 2 << 20)
    try region.key.write([1, 2, 3, 4], at: 5)
    let whole = try network.register(handle.buffer)
    #expect(try whole.key.read(at: 105, count: 4) == [1, 2, 3, 4])
    #expect(code { _ = try region.key.read(at: 1 << 20, count: 1) } == .badRange)
  }

  @Test func anRDMARegionIsTakenBack() throws {
    let handle = try machine.onlyRevocable.makeBuffer(named: "rx", bytes: 8192)
    let network = RDMADevice("mlx5_0", on: machine.bus)
    let region = try network.register(handle.buffer)
    try handle.buffer.revoke(.permanent)
    #expect(code { _ = try region.key.read(at: 0, count: 1) } == .revoked)
    #expect(code { try handle.buffer.restore() } == .revoked)
  }

  @Test func theLastHandleReleases() throws {
    let handle = try machine.memory.makeBuffer(named: "short", bytes: 4096)
    let buffer = handle.buffer, second = handle.duplicate()
    let attachment = try buffer.attach(Scripted(), as: Pinned.self)
    handle.close()
    second.close()
    #expect(buffer.life == .live)
    attachment.detach()
    #expect(buffer.life == .released)
    #expect(code { _ = try buffer.attach(Scripted(), as: Pinned.self) } == .refused)
  }

  @Test func namesHave32Bytes() throws {
    #expect(code { _ = try BufferName(String(repeating: "x", count: 32)) } == .badName)
    #expect(code { _ = try BufferName("two\nlines") } == .badName)
    #expect(try BufferName(String(repeating: "x", count: 31)).description.count == 31)
  }

  @Test func badPartsOfABARAreRefused() throws {
    let window = try machine.window(16384)
    #expect(code { _ = try window.makeBuffer(named: "", []) } == .badRange)
    #expect(code { _ = try window.makeBuffer(named: "", [.init(offset: 4096, length: 0)]) } == .badRange)
    #expect(code { _ = try window.makeBuffer(named: "", [.init(offset: 4096, length: .max & ~4095)]) } == .badRange)
    #expect(code { _ = try window.makeBuffer(named: "", [.init(offset: 16384, length: 4096)]) } == .badRange)
    #expect(code { _ = try window.makeBuffer(named: "", [.init(offset: 0, length: 8192), .init(offset: 4096, length: 4096)]) } == .badRange)
    let handle = try window.makeBuffer(named: "", [.init(offset: 0, length: 4096), .init(offset: 4096, length: 4096)], isDecoding: false)
    #expect(handle.buffer.ranges.count == 1)
    #expect(handle.buffer.life == .revoked(.restorable))
  }

  @Test func aMappingIsOneAtATime() throws {
    let handle = try machine.memory.makeBuffer(named: "once", bytes: 4096)
    let attachment = try handle.buffer.attach(Scripted(), as: Pinned.self)
    let mapping = try attachment.map()
    #expect(code { _ = try attachment.map() } == .wrongState)
    #expect(mapping.address(of: 5)?.rawValue == (handle.buffer.ranges[0]?.start.rawValue ?? 0) + 5)
    #expect(mapping.address(of: 4096) == nil)
    let other = try machine.memory.makeBuffer(named: "other", bytes: 4096)
    let isForeign = other.buffer.reservation.withLock { held in mapping.isCurrent(held) }
    #expect(!isForeign)
    mapping.unmap()
    let again = try attachment.map()
    again.unmap()
  }

  /// Two importers of one type, that have something different at one number: an address is of the one or of the other (`AddressTypeTests`).
  @Test func anAddressIsOneImporters() throws {
    let one = try machine.device("0000:02:00.0"), other = try machine.device("0000:03:00.0")
    let first = try machine.memory.makeBuffer(named: "first", bytes: 4096), second = try machine.memory.makeBuffer(named: "second", bytes: 4096)
    let mapped = try one.address(0x1000).map(first.buffer), elsewhere = try other.address(0x1000).map(second.buffer)
    try mapped.start.write([1])
    try elsewhere.start.write([2])
    #expect(try one.address(0x1000).read(count: 1) == [1] && other.address(0x1000).read(count: 1) == [2])
    #expect(mapped.start == one.address(0x1000) && mapped.start.importer === one)
    #expect(mapped.start.rawValue == elsewhere.start.rawValue && mapped.start != elsewhere.start)
    #expect(mapped.start.advanced(by: 4095) == one.address(0x1FFF) && mapped.start.advanced(by: .max) == nil)
    // What was unmapped is nobody's.
    let start = mapped.start
    mapped.unmap()
    #expect(code { _ = try start.read(count: 1) } == .noAnswer)
  }

  /// Keys are numbers of a device's own, and two devices begin at the same.
  @Test func aKeyIsOneDevices() throws {
    let one = RDMADevice("mlx5_0", on: machine.bus), other = RDMADevice("mlx5_1", on: machine.bus)
    let first = try machine.memory.makeBuffer(named: "first", bytes: 4096), second = try machine.memory.makeBuffer(named: "second", bytes: 4096)
    let region = try one.register(first.buffer), elsewhere = try other.register(second.buffer)
    try region.key.write([1], at: 0)
    try elsewhere.key.write([2], at: 0)
    #expect(region.key.value == elsewhere.key.value && region.key != elsewhere.key)
    #expect(try region.key.read(at: 0, count: 1) == [1] && elsewhere.key.read(at: 0, count: 1) == [2])
    let key = region.key
    region.deregister()
    #expect(code { _ = try key.read(at: 0, count: 1) } == .badRange)
  }
}
