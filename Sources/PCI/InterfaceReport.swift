import Primitives

/// What a device interface says about itself while it is locked: the DEVICE_INTERFACE_REPORT of TDISP
/// (PCIe 6.x section 11.3.15). A guest accepts MMIO by this report, so it is read as if an enemy wrote it.
public struct InterfaceReport: Hashable, Sendable {
  /// INTERFACE_INFO. Bits 5 to 15 are reserved.
  public struct Info: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static let noFirmwareUpdate = Self(rawValue: 1 << 0)
    public static let dmaWithoutPASID = Self(rawValue: 1 << 1)
    public static let dmaWithPASID = Self(rawValue: 1 << 2)
    public static let addressTranslation = Self(rawValue: 1 << 3)
    public static let pageRequests = Self(rawValue: 1 << 4)
  }

  /// Pages of a BAR that belong together.
  public struct MMIORange: Hashable, Sendable {
    public struct Attributes: OptionSet, Hashable, Sendable {
      public let rawValue: UInt16
      public init(rawValue: UInt16) { self.rawValue = rawValue }
      public static let msixTable = Self(rawValue: 1 << 0)
      public static let msixPendingBits = Self(rawValue: 1 << 1)
      /// IS_NON_TEE_MEM: open to requests without T bit while the interface is locked.
      public static let nonTEE = Self(rawValue: 1 << 2)
      public static let updatable = Self(rawValue: 1 << 3)
    }
    /// Page number (address divided by 4096), with the reporting offset of LOCK added.
    public var firstPage: UInt64
    /// 4 KiB pages.
    public var pageCount: UInt32
    public var attributes: Attributes
    /// RANGE_ID: the index of the BAR.
    public var bar: UInt16

    public init(firstPage: UInt64, pageCount: UInt32, attributes: Attributes, bar: UInt16) {
      (self.firstPage, self.pageCount, self.attributes, self.bar) = (firstPage, pageCount, attributes, bar)
    }
  }

  public var info: Info
  public var msixMessageControl: UInt16
  public var lnrControl: UInt16
  public var tphControl: UInt32
  /// In ascending order of BAR.
  public var ranges: [MMIORange]
  public var deviceSpecific: [UInt8]

  public init(
    info: Info = .dmaWithoutPASID, msixMessageControl: UInt16 = 0, lnrControl: UInt16 = 0, tphControl: UInt32 = 0,
    ranges: [MMIORange], deviceSpecific: [UInt8] = []
  ) {
    (self.info, self.msixMessageControl, self.lnrControl, self.tphControl) = (info, msixMessageControl, lnrControl, tphControl)
    (self.ranges, self.deviceSpecific) = (ranges, deviceSpecific)
  }
}

extension InterfaceReport.MMIORange {
  /// Pages of a BAR as the report shows them: the offset in bytes, signed as LOCK gives it, must be of whole pages.
  /// Nil where the range is not of whole pages or would leave 64 bits.
  public init?(_ range: AddressRange<HostPhysicalAddress>, bar: UInt16, attributes: Attributes, reportingOffset: Int64) {
    let page = PageSize.small.bytes
    guard range.length > 0, range.length % page == 0, range.start.isAligned(to: .small), reportingOffset % Int64(page) == 0,
      let count = UInt32(exactly: range.length / page)
    else { return nil }
    let magnitude = reportingOffset.magnitude
    let (start, wraps) =
      reportingOffset < 0
      ? range.start.rawValue.subtractingReportingOverflow(magnitude) : range.start.rawValue.addingReportingOverflow(magnitude)
    guard !wraps else { return nil }
    self.init(firstPage: start / page, pageCount: count, attributes: attributes, bar: bar)
  }
}

extension InterfaceReport {
  /// The report as bytes, little-endian.
  public var bytes: [UInt8] {
    var writer = WireWriter()
    writer.integer(info.rawValue)
    writer.reserve(2)
    writer.integer(msixMessageControl)
    writer.integer(lnrControl)
    writer.integer(tphControl)
    writer.integer(UInt32(truncatingIfNeeded: ranges.count))
    for range in ranges {
      writer.integer(range.firstPage)
      writer.integer(range.pageCount)
      writer.integer(range.attributes.rawValue)
      writer.integer(range.bar)
    }
    writer.integer(UInt32(truncatingIfNeeded: deviceSpecific.count))
    writer.append(deviceSpecific)
    return writer.bytes
  }

  /// Reads a report whole. Errors: `cut`, `leftOver`, and `invalid` for an empty range, a range that leaves the
  /// address space, BARs out of order or ranges of one BAR that overlap.
  public init(bytes: some Collection<UInt8>) throws(WireError) {
    var reader = WireReader(bytes)
    info = Info(rawValue: try reader.integer())
    try reader.skip(2)
    msixMessageControl = try reader.integer()
    lnrControl = try reader.integer()
    tphControl = try reader.integer()
    let count = try reader.integer(UInt32.self)
    // Each range takes sixteen bytes, so a count that lies is found before anything is reserved for it.
    guard Int(count) <= reader.remaining / 16 else {
      throw .cut(offset: reader.offset, needed: Int(count) * 16, remaining: reader.remaining)
    }
    ranges = []
    for _ in 0..<count {
      let at = reader.offset
      let range = MMIORange(
        firstPage: try reader.integer(), pageCount: try reader.integer(), attributes: .init(rawValue: try reader.integer()),
        bar: try reader.integer())
      guard range.pageCount > 0 else { throw .invalid(offset: at + 8, field: "page count", value: 0) }
      guard range.firstPage <= (1 << 52) - UInt64(range.pageCount) else {
        throw .invalid(offset: at, field: "first page", value: range.firstPage)
      }
      if let last = ranges.last, last.bar > range.bar {
        throw .invalid(offset: at + 14, field: "range ID", value: UInt64(range.bar))
      }
      if let last = ranges.last, last.bar == range.bar, last.firstPage + UInt64(last.pageCount) > range.firstPage {
        throw .invalid(offset: at, field: "first page", value: range.firstPage)
      }
      ranges.append(range)
    }
    let length = Int(try reader.integer(UInt32.self))
    deviceSpecific = Array(try reader.take(length))
    try reader.finish()
  }
}

extension InterfaceReport {
  /// What a function reports of the pages of one BAR that it lends; neighbours of one kind are one range. Nil where the BAR is not
  /// assigned or the offset does not fit.
  ///
  /// - Parameters:
  ///   - pages: Offsets from the start of the BAR, and whether each is TEE memory; in any order.
  ///   - msix: Says which of them hold table and pending bits.
  public init?(
    _ pages: [(offset: UInt64, isTEE: Bool)], of bar: BaseAddressRegister, msix: MSIX?, msixMessageControl: UInt16 = 0,
    reportingOffset: Int64 = 0
  ) {
    guard bar.isAssigned else { return nil }
    var ranges: [MMIORange] = []
    for page in pages.sorted(by: { $0.offset < $1.offset }) {
      let size = PageSize.small.bytes
      let attributes = Self.attributes(bar: bar.index, page.offset, isTEE: page.isTEE, msix: msix)
      guard let start = bar.address.advanced(by: page.offset), let range = AddressRange(start: start, length: size),
        let entry = MMIORange(range, bar: UInt16(bar.index), attributes: attributes, reportingOffset: reportingOffset)
      else { return nil }
      if let last = ranges.last, last.attributes == entry.attributes, last.firstPage + UInt64(last.pageCount) == entry.firstPage {
        ranges[ranges.count - 1].pageCount += 1
      } else {
        ranges.append(entry)
      }
    }
    self.init(msixMessageControl: msixMessageControl, ranges: ranges)
  }

  /// What a report says of one page.
  public static func attributes(bar: Int, _ offset: UInt64, isTEE: Bool, msix: MSIX?) -> MMIORange.Attributes {
    let messages = msix?.attributes(bar: bar, offset: offset & ~0xFFF, bytes: PageSize.small.bytes) ?? []
    return messages.union(isTEE ? [] : [.nonTEE])
  }

  /// What a function with a copy engine behind `bar` reports. Nil when the BAR is smaller than the engine, not assigned,
  /// or the offset does not fit.
  public static func copyEngine(
    behind bar: BaseAddressRegister, msix: MSIX?, msixMessageControl: UInt16 = 0, reportingOffset: Int64 = 0
  ) -> InterfaceReport? {
    guard bar.isShareable, let size = bar.size, size >= CopyEngine.barSize else { return nil }
    return InterfaceReport(
      CopyEnginePage.lent(bar: bar.index, size: size, msix: msix), of: bar, msix: msix, msixMessageControl: msixMessageControl,
      reportingOffset: reportingOffset)
  }
}
