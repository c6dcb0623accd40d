import Buffers
import Glibc
import Primitives
import Testing

/// Memory that devices share decrypted on machines that encrypt: converted seldom, and used again.
@Suite struct DecryptedPagesTests {
  private let text = Array("what the buffer before had, and nobody else is to see".utf8)

  private func start(_ buffer: Buffer) throws -> HostPhysicalAddress { try #require(buffer.ranges[0]).start }

  @Test func theSecondBufferConvertsNothing() throws {
    let bus = Bus(encryption: .sev(bit: 47)), memory = HostMemory(on: bus)
    let first = try memory.makeBuffer(named: "first", bytes: 8192), place = try start(first.buffer)
    #expect(bus.decryptedPages.conversions == 1)
    #expect(bus.decryptedPages.lentBytes == 8192 && bus.decryptedPages.keptBytes == DecryptedPages.batch - 8192)
    // 2 MiB were converted at once: all of them are used before there is a second conversion.
    var others: [Kept] = []
    for _ in 0..<5 { others.append(Kept(try memory.makeBuffer(named: "b", bytes: 102 * 4096))) }
    #expect(bus.decryptedPages.conversions == 1 && bus.decryptedPages.keptBytes == 0)
    let more = try memory.makeBuffer(named: "more", bytes: 4096)
    #expect(bus.decryptedPages.conversions == 2)
    first.close()
    let second = try memory.makeBuffer(named: "second", bytes: 8192)
    #expect(bus.decryptedPages.conversions == 2)
    #expect(try start(second.buffer) == place)
    more.close()
    others.removeAll()
    second.close()
    #expect(bus.decryptedPages.lentBytes == 0 && bus.decryptedPages.keptBytes == 2 * DecryptedPages.batch)
    // What came back in pieces is whole again.
    let large = try memory.makeBuffer(named: "large", bytes: DecryptedPages.batch)
    #expect(bus.decryptedPages.conversions == 2 && large.buffer.ranges.count == 1)
    #expect(try start(large.buffer).isAligned(to: .large))
  }

  private final class Kept {
    let handle: BufferHandle
    init(_ handle: consuming BufferHandle) { self.handle = handle }
  }

  /// Frames go from buffer to buffer, and from one state to the other: what was there is nobody's to read, with the bit or without.
  @Test(arguments: [MemoryEncryptionMode.sme(bit: 47), .sev(bit: 47)]) func nobodyReadsWhatWasThereBefore(_ mode: MemoryEncryptionMode) throws {
    let bus = Bus(encryption: mode)
    // A device that puts out no encrypted bit: decrypted on both machines.
    let narrow = HostMemory(on: bus, offers: .revocable, deviceWidth: 32)
    let first = try narrow.makeBuffer(named: "first", bytes: 4096), place = try start(first.buffer)
    try bus.write(text, at: place)
    // Another process has the file of the first.
    let file = try first.buffer.descriptor()
    defer { close(file) }
    first.close()
    #expect(code { _ = try bus.read(place, count: 1) } == .noAnswer)
    let second = try narrow.makeBuffer(named: "second", bytes: 4096)
    #expect(try start(second.buffer) == place)
    #expect(try bus.read(place, count: 4096) == [UInt8](repeating: 0, count: 4096))
    #expect(try bus.read(place, count: text.count, encrypted: true) != text)
    var byte: UInt8 = 1
    #expect(pwrite(file, &byte, 1, 0) < 1)
    #expect(try bus.read(place, count: 1) == [0])
    // Encrypted again, the frames are for what is encrypted; and decrypted once more.
    try bus.write(text, at: place)
    second.close()
    bus.shrinkDecryptedPages()
    #expect(bus.decryptedPages.keptBytes == 0 && bus.decryptedPages.conversions == 2)
    let wide = DeviceMemory(on: bus, function: RequesterID(rawValue: 0x0100), capacity: 1 << 20)
    let third =
      try (mode == .sme(bit: 47) ? wide.makeBuffer(named: "third", bytes: 4096, in: .system) : narrow.makeBuffer(named: "third", bytes: 4096))
    #expect(try start(third.buffer) == place)
    let isEncrypted = try #require(third.buffer.ranges[0]).attributes.isEncrypted
    #expect(isEncrypted == (mode == .sme(bit: 47)))
    #expect(try bus.read(place, count: 4096, encrypted: isEncrypted) == [UInt8](repeating: 0, count: 4096))
    #expect(try bus.read(place, count: text.count, encrypted: !isEncrypted) != text)
    try bus.write(text, at: place, encrypted: isEncrypted)
    third.close()
    let fourth = try narrow.makeBuffer(named: "fourth", bytes: 4096)
    #expect(try start(fourth.buffer) == place)
    #expect(try bus.read(place, count: 4096) == [UInt8](repeating: 0, count: 4096))
  }

  @Test func whatIsKeptIsBounded() throws {
    let bus = Bus(encryption: .sev(bit: 47), keepsDecrypted: 64 << 10), memory = HostMemory(on: bus)
    // No more is converted at once than may be kept.
    let one = try memory.makeBuffer(named: "one", bytes: 4096)
    #expect(bus.decryptedPages.keptBytes == 60 << 10)
    let large = try memory.makeBuffer(named: "large", bytes: 1 << 20)
    #expect(bus.decryptedPages.conversions == 2 && bus.decryptedPages.lentBytes == 1 << 20 | 4096)
    large.close()
    #expect(bus.decryptedPages.keptBytes == 64 << 10 && bus.decryptedPages.lentBytes == 4096)
    #expect(bus.decryptedPages.conversions > 2)
    let before = bus.decryptedPages.conversions
    bus.shrinkDecryptedPages(to: 32 << 10)
    #expect(bus.decryptedPages.keptBytes == 32 << 10 && bus.decryptedPages.conversions > before)
    #expect(one.buffer.ranges.count == 1)
    let none = Bus(encryption: .sev(bit: 47), keepsDecrypted: 0), poor = HostMemory(on: none)
    for count in 1...3 {
      try poor.makeBuffer(named: "b", bytes: 4096).close()
      #expect(none.decryptedPages.conversions == 2 * count && none.decryptedPages.keptBytes == 0)
    }
  }

  /// What a GPU's memory is short of goes to the system and back, and to the same decrypted frames (TTM's pool).
  @Test func aMoveConvertsOnce() throws {
    let bus = Bus(encryption: .sev(bit: 47)), graphics = DeviceMemory(on: bus, function: RequesterID(rawValue: 0x0100), capacity: 1 << 20)
    let handle = try graphics.makeBuffer(named: "frame", bytes: 8192), buffer = handle.buffer, user = try buffer.mapCPU()
    try user.write(text, at: 0)
    #expect(bus.decryptedPages.conversions == 0)
    for _ in 0..<5 {
      try buffer.move(to: .system)
      #expect(bus.decryptedPages.conversions == 1 && bus.decryptedPages.lentBytes == 8192)
      try buffer.move(to: .local)
      #expect(bus.decryptedPages.lentBytes == 0)
    }
    #expect(try user.read(at: 0, count: text.count) == text)
  }

  /// The rule says what is decrypted: coherent memory under SEV, what a device shares whose addresses do not reach the bit, bounce buffers.
  @Test func onlyWhatIsDecryptedComesFromThere() throws {
    func lent(_ mode: MemoryEncryptionMode, _ width: UInt8, _ attributes: RangeAttributes = RangeAttributes()) throws -> UInt64 {
      let bus = Bus(encryption: mode), handle = try HostMemory(on: bus, attributes, deviceWidth: width).makeBuffer(named: "b", bytes: 4096)
      defer { withExtendedLifetime(handle) {} }
      return bus.decryptedPages.lentBytes
    }
    #expect(try lent(.sev(bit: 47), 64) == 4096)
    #expect(try lent(.sme(bit: 47), 64) == 0 && lent(.sme(bit: 47), 32) == 4096)
    #expect(try lent(.sme(bit: 47), 64, RangeAttributes(needsSync: true)) == 4096)
    #expect(try lent(.none, 64) == 0)
  }

  /// Where there is no room for many at a time there may be for what is needed.
  @Test func theLastFramesAreConvertedAlone() throws {
    let bus = Bus(from: HostPhysicalAddress(1 << 47 - 8192), encryption: .sev(bit: 47)), memory = HostMemory(on: bus)
    let first = try memory.makeBuffer(named: "a", bytes: 4096), second = try memory.makeBuffer(named: "b", bytes: 4096)
    #expect(code { _ = try memory.makeBuffer(named: "c", bytes: 4096) } == .noRoom)
    first.close()
    #expect(code { _ = try memory.makeBuffer(named: "c", bytes: 8192) } == .noRoom)
    second.close()
    let third = try memory.makeBuffer(named: "c", bytes: 8192)
    #expect(third.buffer.ranges.count == 1 && bus.decryptedPages.lentBytes == 8192)
  }

  /// What is kept is in nobody's way.
  @Test func whoIsShortGetsWhatIsKept() throws {
    let bus = Bus(from: HostPhysicalAddress(1 << 47 - 8192), encryption: .sme(bit: 47)), narrow = HostMemory(on: bus, deviceWidth: 32)
    try narrow.makeBuffer(named: "a", bytes: 4096).close()
    #expect(bus.decryptedPages.keptBytes == 4096)
    let wide = try HostMemory(on: bus).makeBuffer(named: "b", bytes: 8192)
    #expect(bus.decryptedPages.keptBytes == 0 && bus.decryptedPages.conversions == 2 && wide.buffer.size == 8192)
    #expect(code { _ = try narrow.makeBuffer(named: "c", bytes: 4096) } == .noRoom)
  }

  @Test func itCanBeLookedAt() throws {
    let bus = Bus(encryption: .sev(bit: 47)), handle = try HostMemory(on: bus).makeBuffer(named: "b", bytes: 12_288)
    #expect(BufferReports.pagePool(of: bus) == "lent\t:        3\nconversions\t:        1\n\ntotal\t:      509 of    16384\n")
    withExtendedLifetime(handle) {}
  }
}
