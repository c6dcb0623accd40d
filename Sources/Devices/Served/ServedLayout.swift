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

  /// Those that somebody named, or those of the copy engine.
  private func pages(of bar: BaseAddressRegister, _ registers: FunctionRegisters) -> [(offset: UInt64, isTEE: Bool)] {
    pages?.map { ($0.offset, $0.isTEE) } ?? CopyEnginePage.lent(bar: bar.index, size: bar.size ?? 0, msix: registers.msix)
  }

  /// Whether a request to this place is one to TEE memory. What is in no range is: nobody said that it may be shared.
  func isTEE(bar index: Int, offset: UInt64, in registers: FunctionRegisters) -> Bool {
    guard let bar = bar(of: registers), bar.index == index else { return true }
    return pages(of: bar, registers).first { $0.offset == offset & ~0xFFF }?.isTEE ?? true
  }

  /// Nil where there is no BAR to report, or the offset does not fit.
  func report(_ registers: FunctionRegisters, offset: Int64) -> [UInt8]? {
    guard let bar = bar(of: registers) else { return nil }
    let control = registers.capabilities[.msix].map { registers.space.word($0.offset + 2) } ?? 0
    guard pages != nil else {
      return InterfaceReport.copyEngine(behind: bar, msix: registers.msix, msixMessageControl: control, reportingOffset: offset)?.bytes
    }
    return InterfaceReport(
      pages(of: bar, registers), of: bar, msix: registers.msix, msixMessageControl: control, reportingOffset: offset)?.bytes
  }
}
