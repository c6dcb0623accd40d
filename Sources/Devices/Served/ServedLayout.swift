import PCI

/// Which pages a function lends, and in which BAR its engine is: what its interface report lists, and what the table of TDISP asks of a
/// request.
public struct ServedLayout: Hashable, Sendable {
  /// The BAR with the copy engine. Nil: the first that is one of memory and assigned.
  public var bar: Int?
  /// Nil: those of the copy engine.
  public var pages: [ExportedPage]?

  public init(bar: Int? = nil, pages: [ExportedPage]? = nil) { (self.bar, self.pages) = (bar, pages) }

  func bar(of registers: FunctionRegisters) -> BaseAddressRegister? {
    registers.bars.first { $0.isMemory && $0.isAssigned && (bar == nil || $0.index == bar) }
  }

  private func pages(of registers: FunctionRegisters) -> [ExportedPage] {
    pages ?? bar(of: registers).map { ExportedPage.copyEngine(bar: $0.index, size: $0.size ?? 0, msix: registers.msix) } ?? []
  }

  /// Whether a request to this place is one to TEE memory. What is in no range is: nobody said that it may be shared.
  func isTEE(bar index: Int, offset: UInt64, in registers: FunctionRegisters, locksMessages: Bool) -> Bool {
    let page = pages(of: registers).first { $0.bar == index && $0.offset == offset & ~0xFFF }
    return page.map { registers.isTEE($0, locksMessages: locksMessages) } ?? true
  }

  /// Nil where there is no BAR to report, or the offset does not fit.
  func report(_ registers: FunctionRegisters, offset: Int64, locksMessages: Bool) -> InterfaceReport? {
    InterfaceReport(of: registers, pages: pages(of: registers), locksMessages: locksMessages, reportingOffset: offset)
  }
}
