import Primitives
import Testing

import PCI

/// The MSI-X table stands where the capability says: what a dump may say, and that the engine answers there.
@Suite struct MessagePlaceTests {
  /// Of the built-in dump: the capability's bytes, under a text that says nothing of it.
  private func problems(count: UInt16, table: UInt32, pending: UInt32, second: UInt64? = nil) throws -> [String] {
    let control = (count - 1) | 0x8000
    func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    var text = Dumps.patched(0xB2, [UInt8(control & 0xFF), UInt8(control >> 8)] + bytes(table) + bytes(pending), in: ConfidentialTests.plain)
    var sizes: [Int: UInt64] = [0: 0x1_0000]
    if let second {
      text = Dumps.patched(0x18, [0x0C, 0, 0, 0, 0x39], in: text)
      sizes[2] = second
    }
    return try ConfigurationSpaceDump(text: text, file: "d", sizes: sizes).problems.filter { $0.severity == .error }.map(\.message)
  }

  @Test func whatFits() throws {
    #expect(try problems(count: 16, table: 0x2000, pending: 0x2800) == [])
    #expect(try problems(count: 2048, table: 0x4000, pending: 0xC000) == [])
    #expect(try problems(count: 2048, table: 2, pending: 0x8002, second: 0x1_0000) == [])
    // One behind the other, to the last byte of the BAR.
    #expect(try problems(count: 64, table: 0xFBF0, pending: 0xFFF8) == [])
  }

  @Test func whatDoesNot() throws {
    #expect(try problems(count: 16, table: 0x2005, pending: 0x2800) == ["the MSI-X table is said to be in BAR5, which is no memory window"])
    #expect(try problems(count: 16, table: 0x2000, pending: 0x2801) == ["the MSI-X pending bits is said to be in BAR1, which is no memory window"])
    #expect(try problems(count: 2048, table: 0xC000, pending: 0x2000) == ["the MSI-X table needs 32768 bytes at 0xc000 in BAR0, which has 65536"])
    #expect(
      try problems(count: 16, table: 0xFFFF_FFF8, pending: 0x2000) == ["the MSI-X table needs 256 bytes at 0xfffffff8 in BAR0, which has 65536"])
    #expect(
      try problems(count: 2048, table: 2, pending: 0x2000, second: 0x4000) == ["the MSI-X table needs 32768 bytes at 0x0 in BAR2, which has 16384"])
    let overlap = "overlaps its pending bits at"
    #expect(try problems(count: 16, table: 0x2000, pending: 0x20F8).allSatisfy { $0.contains(overlap) })
    #expect(try problems(count: 16, table: 0x2000, pending: 0x20F8).count == 1)
    #expect(try problems(count: 16, table: 0x2000, pending: 0x2100) == [])
    #expect(try problems(count: 128, table: 0x2008, pending: 0x2000).count == 1)
  }

  private func made(bar: Int = 0, count: Int, table: MSIX.Place, pending: MSIX.Place) throws -> CopyEngine {
    func word(_ place: MSIX.Place) -> UInt32 { UInt32(place.offset) | UInt32(place.bar) }
    var space = ConfigurationSpace(bytes: [UInt8](repeating: 0, count: 256))
    space.set(0x42, width: 2, to: UInt32(count - 1))
    space.set(0x44, width: 4, to: word(table))
    space.set(0x48, width: 4, to: word(pending))
    return CopyEngine(bar: bar, msix: MSIX(Capability(.msix, at: 0x40), in: space))
  }

  @Test func theEngineAnswersThere() throws {
    var engine = try made(count: 2048, table: .init(bar: 0, offset: 0x4_0000), pending: .init(bar: 2, offset: 0x1000))
    let last: UInt64 = 0x4_0000 + 2047 * 16
    #expect(engine.read(last + 12, width: 4) == 1 && engine.read(last + 16, width: 4) == 0xFFFF_FFFF, "masked, and no entry behind the last")
    #expect(engine.write(last, width: 4, 0xFEE0_0000) == .doorbell && engine.read(last, width: 4) == 0xFEE0_0000)
    #expect(engine.write(0x2000, width: 8, 7) == .nothing)
    #expect(engine.read(0x2000, width: 8) == 0, "no table there any more")
    #expect(engine.read(bar: 2, 0x1000 + 255 * 8 / 8 * 8 - 8, width: 8) == 0 && engine.read(bar: 1, 0x1000, width: 8) == 0)
    engine.reset()
    #expect(engine.read(last, width: 4) == 0 && engine.msix?.count == 2048)
  }

  /// A vector far up is raised, remembered while it is masked, and shows in the pending bits of the other BAR.
  @Test func aHighVector() throws {
    var (bus, engine) = (FlatBus(), try made(count: 1000, table: .init(bar: 0, offset: 0x8000), pending: .init(bar: 2, offset: 0)))
    for (register, value) in [(.ringBase, FlatBus.base), (.ringSize, 4), (.vector, 999), (.control, 1)] as [(CopyEngineRegister, UInt64)] {
      engine.write(register.offset, width: 8, value)
    }
    bus.put(CopyDescriptor(source: IOVirtualAddress(FlatBus.base + 0x1000), destination: IOVirtualAddress(FlatBus.base + 0x2000), length: 8), slot: 0)
    engine.write(CopyEngineRegister.tail.offset, width: 8, 1)
    #expect(engine.work(on: &bus).count == 1 && bus.messages.isEmpty && engine.read(bar: 2, 120, width: 8) == 1 << (999 % 64))
    engine.write(0x8000 + 999 * 16, width: 8, 0xFEE0_1000)
    engine.write(0x8000 + 999 * 16 + 8, width: 8, 0x77)
    _ = engine.work(on: &bus)
    #expect(bus.messages.map(\.vector) == [999] && bus.messages.first?.data == 0x77 && engine.read(bar: 2, 120, width: 8) == 0)
  }

  @Test func withoutTheCapabilityNothingIsSent() throws {
    var (bus, engine) = (FlatBus(), CopyEngine(msix: nil))
    for (register, value) in [(.ringBase, FlatBus.base), (.ringSize, 4), (.control, 1)] as [(CopyEngineRegister, UInt64)] {
      engine.write(register.offset, width: 8, value)
    }
    bus.put(CopyDescriptor(source: IOVirtualAddress(FlatBus.base + 0x1000), destination: IOVirtualAddress(FlatBus.base + 0x2000), length: 8), slot: 0)
    engine.write(CopyEngineRegister.tail.offset, width: 8, 1)
    #expect(engine.work(on: &bus).count == 1 && bus.messages.isEmpty && engine.read(0x2000, width: 8) == 0)
  }

  /// Registers and secrets are the engine's; memory for everybody gives way, and the report says which pages have the table.
  @Test func placesBesideTheEngine() throws {
    func msix(_ table: UInt64, _ pending: UInt64, bar: Int = 0) throws -> MSIX? {
      try made(count: 16, table: .init(bar: bar, offset: table), pending: .init(bar: bar, offset: pending)).msix
    }
    func collides(_ msix: MSIX?) -> Bool { CopyEnginePage.collision(bar: 0, msix: msix) != nil }
    #expect(collides(try msix(0x0, 0x4000)))
    #expect(collides(try msix(0x4000, 0x1FF8)))
    #expect(!collides(try msix(0x2000, 0x2800)))
    #expect(!collides(try msix(0, 0x800, bar: 2)))
    func lent(_ msix: MSIX?) -> [UInt64] { ExportedPage.copyEngine(bar: 0, size: 0x1_0000, msix: msix).map(\.offset) }
    #expect(lent(nil) == [0, 0x1000, 0x2000, 0x3000])
    #expect(lent(try msix(0x5000, 0x6000)) == [0, 0x1000, 0x3000, 0x5000])
    #expect(lent(try msix(0x3000, 0x3800)) == [0, 0x1000, 0x2000, 0x3000])
    #expect(lent(try msix(0, 0x800, bar: 2)) == [0, 0x1000, 0x2000, 0x3000])
    let text = Dumps.patched(0xB4, [0, 0x50, 0, 0, 0, 0x30, 0, 0], in: ConfidentialTests.plain)
    let registers = FunctionRegisters(try ConfigurationSpaceDump(text: text, file: "d", sizes: [0: 0x1_0000]))
    let pages = ExportedPage.copyEngine(bar: 0, size: 0x1_0000, msix: registers.msix)
    let report = try #require(InterfaceReport(of: registers, pages: pages, locksMessages: true, reportingOffset: 0))
    #expect(report.ranges.map(\.attributes) == [[], .msixPendingBits, .msixTable])
    var engine = try made(count: 16, table: .init(bar: 0, offset: 0x5000), pending: .init(bar: 0, offset: 0x3000))
    #expect(engine.write(0x3010, width: 8, 9) == .nothing && engine.read(0x3010, width: 8) == 0)
  }
}
