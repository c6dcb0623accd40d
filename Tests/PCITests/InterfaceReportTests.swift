import Primitives
import Testing

import PCI

@Suite struct InterfaceReportTests {
  static let report = InterfaceReport(
    info: [.noFirmwareUpdate, .dmaWithoutPASID], msixMessageControl: 0x800F,
    ranges: [
      .init(firstPage: 0x3800000, pageCount: 2, attributes: [], bar: 0),
      .init(firstPage: 0x3800002, pageCount: 1, attributes: [.nonTEE, .msixTable], bar: 0),
      .init(firstPage: 0x100, pageCount: 16, attributes: [], bar: 2),
    ], deviceSpecific: [1, 2, 3])

  @Test func roundTrip() throws {
    let bytes = Self.report.bytes
    #expect(bytes.count == 16 + 3 * 16 + 4 + 3)
    #expect(Array(bytes[0..<8]) == [3, 0, 0, 0, 0x0F, 0x80, 0, 0])
    #expect(Array(bytes[32 + 8..<48]) == [1, 0, 0, 0, 5, 0, 0, 0])
    #expect(try InterfaceReport(bytes: bytes) == Self.report)
  }

  @Test func everyCutAndEveryExtraByteIsAnError() {
    let bytes = Self.report.bytes
    for count in bytes.indices { #expect(throws: WireError.self) { try InterfaceReport(bytes: bytes.prefix(count)) } }
    #expect(throws: WireError.leftOver(offset: bytes.count, count: 1)) { try InterfaceReport(bytes: bytes + [0]) }
  }

  @Test func impossibleRanges() {
    func refuse(_ ranges: [InterfaceReport.MMIORange]) {
      #expect(throws: WireError.self) { try InterfaceReport(bytes: InterfaceReport(ranges: ranges).bytes) }
    }
    refuse([.init(firstPage: 1, pageCount: 0, attributes: [], bar: 0)])
    refuse([.init(firstPage: 1 << 52, pageCount: 1, attributes: [], bar: 0)])
    refuse([.init(firstPage: .max, pageCount: .max, attributes: [], bar: 0)])
    refuse([.init(firstPage: 9, pageCount: 1, attributes: [], bar: 1), .init(firstPage: 1, pageCount: 1, attributes: [], bar: 0)])
    refuse([.init(firstPage: 9, pageCount: 2, attributes: [], bar: 0), .init(firstPage: 10, pageCount: 1, attributes: [], bar: 0)])
  }

  @Test func reportingOffset() throws {
    let range = try #require(AddressRange(start: HostPhysicalAddress(0x10_0000), length: 0x2000))
    func page(_ offset: Int64) -> UInt64? {
      InterfaceReport.MMIORange(range, bar: 0, attributes: [], reportingOffset: offset)?.firstPage
    }
    #expect(page(0x4000) == 0x104 && page(-0x4000) == 0xFC && page(1) == nil && page(-0x20_0000) == nil && page(.min) == nil)
  }

  /// The table and Message Control are told where LOCK took them, and then the page is no longer open: PCIe 6.0 sections 11.3.8, 11.3.11.
  @Test(arguments: [false, true]) func ofTheBuiltInDevice(locksMessages: Bool) throws {
    let registers = FunctionRegisters(try BuiltInDump.read()), pages = ExportedPage.copyEngine(bar: 0, size: 0x1_0000, msix: registers.msix)
    let report = try #require(InterfaceReport(of: registers, pages: pages, locksMessages: locksMessages, reportingOffset: -0x1000))
    #expect(report.ranges.map(\.firstPage) == [0x37F_FFFF, 0x380_0001, 0x380_0002])
    #expect(report.ranges.map(\.pageCount) == [2, 1, 1])
    #expect(report.ranges.map(\.attributes) == [[], locksMessages ? [.msixTable, .msixPendingBits] : .nonTEE, .nonTEE])
    #expect(report.msixMessageControl == (locksMessages ? 0x800F : 0))
    #expect(try InterfaceReport(bytes: report.bytes) == report)
    // Behind no BAR, beyond its end, none at all, an offset that leaves the space.
    for (pages, offset) in [
      ([ExportedPage(bar: 3, offset: 0, isTEE: true)], 0), ([ExportedPage(bar: 0, offset: 1 << 40, isTEE: true)], 0), ([], 0), (pages, .min),
    ] as [([ExportedPage], Int64)] {
      #expect(InterfaceReport(of: registers, pages: pages, locksMessages: locksMessages, reportingOffset: offset) == nil)
    }
  }

  @Test func damaged() {
    var random = SeededRandom(seed: 7)
    for _ in 0..<5000 {
      var bytes = Self.report.bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
      // What is accepted means the same when written again; reserved bytes aside, nothing is made up.
      if let report = try? InterfaceReport(bytes: bytes) { #expect((try? InterfaceReport(bytes: report.bytes)) == report) }
    }
  }
}
