import PCI
import Primitives

/// Which pages a function lends, and in which BAR: what its interface report lists, and what the table of TDISP asks of a request.
public struct ServedLayout: Hashable, Sendable {
  public struct Page: Hashable, Sendable {
    /// From the start of the BAR, in bytes, a multiple of 4096.
    public var offset: UInt64
    /// False: IS_NON_TEE_MEM.
    public var isTEE: Bool
    public init(offset: UInt64, isTEE: Bool) { (self.offset, self.isTEE) = (offset, isTEE) }
  }

  /// Nil: the first BAR that is one of memory and assigned.
  public var bar: Int?
  /// Nil: those of the copy engine.
  public var pages: [Page]?

  public init(bar: Int? = nil, pages: [Page]? = nil) { (self.bar, self.pages) = (bar, pages) }

  func bar(of registers: FunctionRegisters) -> BaseAddressRegister? {
    registers.bars.first { $0.isMemory && $0.isAssigned && (bar == nil || $0.index == bar) }
  }

  /// Whether a request to this place is one to TEE memory. What is in no range is: nobody said that it may be shared.
  func isTEE(bar index: Int, offset: UInt64, in registers: FunctionRegisters) -> Bool {
    guard bar(of: registers)?.index == index else { return true }
    guard let pages else { return CopyEnginePage(rawValue: Int(offset >> 12))?.isTEE ?? true }
    return pages.first { $0.offset == offset & ~0xFFF }?.isTEE ?? true
  }

  /// Nil where there is no BAR to report, or the offset does not fit.
  func report(_ registers: FunctionRegisters, offset: Int64) -> [UInt8]? {
    guard let bar = bar(of: registers) else { return nil }
    let control = registers.capabilities[.msix].map { registers.space.word($0.offset + 2) } ?? 0
    guard let pages else { return InterfaceReport.copyEngine(behind: bar, msixMessageControl: control, reportingOffset: offset)?.bytes }
    var ranges: [InterfaceReport.MMIORange] = []
    for page in pages.sorted(by: { $0.offset < $1.offset }) {
      guard let start = bar.address.advanced(by: page.offset), let range = AddressRange(start: start, length: 4096),
        let entry = InterfaceReport.MMIORange(range, bar: UInt16(bar.index), attributes: page.isTEE ? [] : [.nonTEE], reportingOffset: offset)
      else { return nil }
      if let last = ranges.last, last.attributes == entry.attributes, last.firstPage + UInt64(last.pageCount) == entry.firstPage {
        ranges[ranges.count - 1].pageCount += 1
      } else {
        ranges.append(entry)
      }
    }
    return InterfaceReport(msixMessageControl: control, ranges: ranges).bytes
  }
}
