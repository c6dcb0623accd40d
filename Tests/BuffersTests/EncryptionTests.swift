import Buffers
import Glibc
import Primitives
import Testing

/// Machines that encrypt memory: whoever maps with the right bit has the bytes, and whoever does not has others.
@Suite struct EncryptionTests {
  /// How a machine encrypts, and whether a device's system memory is encrypted there.
  struct Platform: Sendable, CustomTestStringConvertible {
    let mode: MemoryEncryptionMode
    let width: UInt8
    let isSystemEncrypted: Bool
    var testDescription: String { "\(mode), \(width) bits" }
    static let all = [
      Platform(mode: .none, width: 64, isSystemEncrypted: false), Platform(mode: .sme(bit: 47), width: 64, isSystemEncrypted: true),
      Platform(mode: .sme(bit: 47), width: 40, isSystemEncrypted: false), Platform(mode: .sev(bit: 51), width: 64, isSystemEncrypted: false),
    ]
    static let encrypting = all.filter { $0.mode != .none }

    func graphics(on bus: Bus, fault: MappingProtection.Fault? = nil) -> DeviceMemory {
      DeviceMemory(on: bus, function: RequesterID(rawValue: 0x0100), capacity: 1 << 30, deviceWidth: width, fault: fault)
    }
    func wrong(_ fault: MappingProtection.Fault) -> MappingProtection {
      MappingProtection(ProtectionTerms(mode, deviceWidth: width), fault: fault)
    }
  }

  private let text = Array("a frame that nobody else is to see, longer than a line of memory is".utf8)
  /// Begins and ends within lines, and crosses a page.
  private let offset = 4090

  private func start(_ buffer: Buffer) throws -> HostPhysicalAddress {
    HostPhysicalAddress(try #require(buffer.ranges[0]).start.rawValue + UInt64(offset))
  }

  /// User mapping, kernel mapping, the blit of the move, and who asks on the bus: all by one rule, in both places, there and back.
  @Test(arguments: Platform.all) func theRightBitHasTheBytesAndTheOtherHasNot(_ platform: Platform) throws {
    let bus = Bus(encryption: platform.mode), handle = try platform.graphics(on: bus).makeBuffer(named: "frame", bytes: 3 * 4096)
    let buffer = handle.buffer, user = try buffer.mapCPU(), wrong = try buffer.mapCPU(protection: platform.wrong(.inverted))
    try user.write(text, at: offset)
    for placement in [Placement.system, .local, .system] {
      try buffer.move(to: placement)
      let isEncrypted = placement == .system && platform.isSystemEncrypted
      #expect(buffer.ranges[0]?.attributes.isEncrypted == isEncrypted)
      #expect(try user.read(at: offset, count: text.count) == text)
      let kernel = try buffer.mapCPU(.populated, long: true)
      #expect(try kernel.read(at: offset, count: text.count) == text)
      kernel.unmap()
      #expect(try bus.read(try start(buffer), count: text.count, encrypted: isEncrypted) == text)
      // On a machine that encrypts nothing there is no bit that could be wrong.
      let isPlain = platform.mode == .none
      #expect(try (wrong.read(at: offset, count: text.count) == text) == isPlain)
      #expect(try (bus.read(try start(buffer), count: text.count, encrypted: !isEncrypted) == text) == isPlain)
    }
    // What one mapping writes, all others read.
    try user.write([1, 2, 3], at: offset + 1)
    #expect(try Array(bus.read(try start(buffer), count: 4, encrypted: platform.isSystemEncrypted)[1...]) == [1, 2, 3])
    #expect(try user.read(at: 0, count: 64) == [UInt8](repeating: 0, count: 64))
  }

  /// The bug of 2019: the protection of mmap is good as long as the buffer is where it was.
  @Test func aProtectionThatIsKeptIsWrongAfterAMove() throws {
    let platform = Platform.all[1], bus = Bus(encryption: platform.mode)
    let handle = try platform.graphics(on: bus).makeBuffer(named: "frame", bytes: 8192), buffer = handle.buffer
    let user = try buffer.mapCPU(), kept = try buffer.mapCPU(.populated, protection: platform.wrong(.kept))
    try user.write(text, at: offset)
    #expect(try kept.read(at: offset, count: text.count) == text)
    try buffer.move(to: .system)
    #expect(try user.read(at: offset, count: text.count) == text)
    #expect(try kept.read(at: offset, count: text.count) != text)
    try buffer.move(to: .local)
    #expect(try kept.read(at: offset, count: text.count) == text)
  }

  /// A blit that has the new place mapped wrongly leaves bytes that nobody can read who has it right.
  @Test(arguments: MappingProtection.Fault.allCases) func aBlitWithTheWrongBitSpoilsTheBytes(_ fault: MappingProtection.Fault) throws {
    let platform = Platform.all[1], bus = Bus(encryption: platform.mode)
    let handle = try platform.graphics(on: bus, fault: fault).makeBuffer(named: "frame", bytes: 8192), buffer = handle.buffer
    let user = try buffer.mapCPU()
    try user.write(text, at: offset)
    try buffer.move(to: .system)
    #expect(try user.read(at: offset, count: text.count) != text)
    // The bytes are there for who makes the same mistake.
    #expect(try bus.read(try start(buffer), count: text.count, encrypted: false) == text)
  }

  @Test func anEngineMovesEncryptedBytesToo() throws {
    let platform = Platform.all[1], bus = Bus(encryption: platform.mode), engine = JobRing("copy")
    let handle = try platform.graphics(on: bus).makeBuffer(named: "frame", bytes: 8192), buffer = handle.buffer
    let user = try buffer.mapCPU()
    try user.write(text, at: offset)
    let fence = try buffer.startMove(to: .system, by: engine)
    fence.wait()
    #expect(try user.read(at: offset, count: text.count) == text)
  }

  /// What lies on the chips is ciphertext, and it is good in one place only.
  @Test func theChipsHaveCiphertext() throws {
    let bus = Bus(encryption: .sme(bit: 47)), memory = HostMemory(on: bus)
    let one = try memory.makeBuffer(named: "one", bytes: 4096), other = try memory.makeBuffer(named: "other", bytes: 4096)
    let backing = try #require(one.buffer.backing)
    try backing.write(text, at: 0, encrypted: true)
    let raw = try backing.read(at: 0, count: text.count)
    #expect(raw != text)
    // The same bytes again are other ciphertext, and so they are elsewhere.
    try backing.write(text, at: 0, encrypted: true)
    #expect(try backing.read(at: 0, count: text.count) != raw)
    try #require(other.buffer.backing).write(try backing.read(at: 0, count: 4096), at: 0)
    #expect(try other.buffer.backing?.read(at: 0, count: text.count, encrypted: true) != text)
    // A write without the bit lands in plain, and is noise for who reads with it.
    try backing.write(text, at: 0)
    #expect(try backing.read(at: 0, count: text.count) == text)
    #expect(try backing.read(at: 0, count: text.count, encrypted: true) != text)
    // A bare load finds what the chips have.
    let mapping = try other.buffer.mapCPU(.populated)
    try mapping.write(text, at: 0)
    #expect(try mapping.read(at: 0, count: text.count) == text)
    #expect(Array(UnsafeRawBufferPointer(start: mapping.start, count: text.count)) != text)
  }

  /// Long accesses go in pieces; each byte is where it belongs.
  @Test func piecesFitTogether() throws {
    let bus = Bus(encryption: .sme(bit: 47)), handle = try HostMemory(on: bus).makeBuffer(named: "long", bytes: 1 << 18)
    let backing = try #require(handle.buffer.backing), bytes = (0..<200_003).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try backing.write(bytes, at: 61, encrypted: true)
    #expect(try backing.read(at: 61, count: bytes.count, encrypted: true) == bytes)
    #expect(try backing.read(at: 0, count: 61, encrypted: true) == [UInt8](repeating: 0, count: 61))
    #expect(try backing.read(at: 61 + 65_000, count: 3000, encrypted: true) == Array(bytes[65_000..<68_000]))
    #expect(code { try backing.write([1], at: 1 << 18, encrypted: true) } == .badRange)
  }

  /// A device behind an IOMMU has the bit in its tables; a guest's vCPU in its second stage; one without, in its addresses.
  @Test func importersReachEncryptedMemory() throws {
    let bus = Bus(encryption: .sme(bit: 47)), memory = HostMemory(on: bus, offers: [.pinned, .revocable])
    let handle = try memory.makeBuffer(named: "frame", bytes: 8192), buffer = handle.buffer, user = try buffer.mapCPU()
    try user.write(text, at: offset)
    let device = try IOMMUDomain("0000:02:00.0", on: bus), mapped = try device.address(0x10_0000).map(buffer)
    #expect(try device.address(0x10_0000 + UInt64(offset)).read(count: text.count) == text)
    try mapped.start.write([9])
    #expect(try user.read(at: 0, count: 1) == [9])
    let guest = try GuestMemory("vm-1", on: bus), slot = try guest.addSlot(buffer, at: GuestPhysicalAddress(0))
    #expect(guest.read(GuestPhysicalAddress(0), count: 1) == .done([9]))
    let wide = RDMADevice("mlx5_0", on: bus), region = try wide.register(buffer)
    #expect(try region.key.read(at: UInt64(offset), count: text.count) == text)
    // An address that has no such bit does not reach it.
    var terms = ImporterTerms.rdma
    terms.width = 47
    let narrow = RDMADevice("mlx5_1", on: bus, terms: terms)
    #expect(code { _ = try narrow.register(buffer) } == .refused)
    slot.remove()
    let attachment = try buffer.attach(Scripted("wide", CPU("cpu").terms), as: Pinned.self), mapping = try attachment.map()
    #expect(mapping.address(of: 0)?.rawValue == (try #require(buffer.ranges[0]).start.rawValue | 1 << 47))
  }

  /// Under SEV what devices share with the guest is decrypted, and there is no way to anything else.
  @Test func underSEVADeviceSeesWhatIsDecrypted() throws {
    let bus = Bus(encryption: .sev(bit: 47)), handle = try HostMemory(on: bus).makeBuffer(named: "ring", bytes: 8192)
    let user = try handle.buffer.mapCPU()
    try user.write(text, at: offset)
    let device = try IOMMUDomain("0000:02:00.0", on: bus), mapped = try device.address(0).map(handle.buffer)
    #expect(try device.address(UInt64(offset)).read(count: text.count) == text)
    mapped.unmap()
    #expect(!device.terms.takesEncrypted)
  }

  /// Streaming memory stays the owner's: encrypted for the CPU, and the device has a bounce buffer that is not.
  @Test(arguments: Platform.encrypting) func streamingMemoryIsBounced(_ platform: Platform) throws {
    let bus = Bus(encryption: platform.mode)
    let camera = HostMemory(on: bus, name: "camera", RangeAttributes(.cached, needsSync: true), deviceWidth: platform.width)
    let handle = try camera.makeBuffer(named: "frame", bytes: 8192), buffer = handle.buffer
    let user = try buffer.mapCPU(.populated), wrong = try buffer.mapCPU(protection: platform.wrong(.inverted))
    try buffer.beginCPUAccess(writing: true)
    try user.write(text, at: offset)
    #expect(try wrong.read(at: offset, count: text.count) != text)
    #expect(Array(UnsafeRawBufferPointer(start: user.start + offset, count: text.count)) != text)
    buffer.endCPUAccess()
    #expect(try bus.read(try start(buffer), count: text.count) == text)
    try bus.write([7, 8], at: try start(buffer))
    try buffer.beginCPUAccess(writing: false)
    #expect(try user.read(at: offset, count: 2) == [7, 8])
    buffer.endCPUAccess()
    #expect(code { _ = try buffer.descriptor() } == .unsupported)
  }

  @Test func aDescriptorOfCiphertextIsNotGiven() throws {
    let wide = HostMemory(on: Bus(encryption: .sme(bit: 47))), narrow = HostMemory(on: Bus(encryption: .sme(bit: 47)), deviceWidth: 32)
    let encrypted = try wide.makeBuffer(named: "b", bytes: 4096), decrypted = try narrow.makeBuffer(named: "b", bytes: 4096)
    #expect(code { _ = try encrypted.buffer.descriptor() } == .unsupported)
    #expect(code { close(try decrypted.buffer.descriptor()) } == nil)
  }

  /// A revocation takes the pages from a mapping with the bit, as from any other.
  @Test func aRevocationTakesEncryptedPages() throws {
    let bus = Bus(encryption: .sme(bit: 47)), memory = HostMemory(on: bus, offers: .revocable)
    let handle = try memory.makeBuffer(named: "camera", bytes: 4096), mapping = try handle.buffer.mapCPU()
    try mapping.write(text, at: 0)
    try handle.buffer.revoke()
    #expect(code { _ = try mapping.read(at: 0, count: 1) } == .revoked)
    #expect(code { try mapping.write([0], at: 0) } == .revoked)
    try handle.buffer.restore()
    #expect(try mapping.read(at: 0, count: text.count) == text)
  }

  /// Memory lies below the bit.
  @Test func noAddressHasTheBit() throws {
    let bus = Bus(from: HostPhysicalAddress(1 << 47 - 8192), encryption: .sme(bit: 47)), memory = HostMemory(on: bus)
    let first = try memory.makeBuffer(named: "a", bytes: 8192)
    #expect(code { _ = try memory.makeBuffer(named: "b", bytes: 4096) } == .noRoom)
    #expect(first.buffer.size == 8192)
  }
}
