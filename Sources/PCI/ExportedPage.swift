import Primitives

/// A page of a BAR that is lent out: what an interface report lists.
public struct ExportedPage: Hashable, Sendable {
  public let bar: Int
  /// From the start of the BAR, in bytes, a multiple of 4096.
  public let offset: UInt64
  /// False: IS_NON_TEE_MEM in the interface report.
  public let isTEE: Bool
  public init(bar: Int, offset: UInt64, isTEE: Bool) { (self.bar, self.offset, self.isTEE) = (bar, offset, isTEE) }

  /// The pages that a function with a copy engine lends if nobody says otherwise, in the order of the BAR: registers and secrets, the page
  /// with the MSI-X table or one that is empty, and memory for everybody. The first two are TEE memory, the others are not.
  ///
  /// - Parameters:
  ///   - bar: The BAR with the engine.
  ///   - size: Of it, in bytes. A table that does not begin in it is lent to nobody.
  public static func copyEngine(bar: Int, size: UInt64, msix: MSIX?) -> [Self] {
    let empty: UInt64 = 2 << 12
    var open = [empty, CopyEnginePage.mailbox.offset]
    if let table = msix?.table, table.bar == bar, table.offset < size, table.offset >= empty {
      let page = table.offset & ~0xFFF
      if !open.contains(page) { open[0] = page }
    }
    return [CopyEnginePage.registers, .secrets].map { Self(bar: bar, offset: $0.offset, isTEE: true) }
      + open.sorted().map { Self(bar: bar, offset: $0, isTEE: false) }
  }
}

extension FunctionRegisters {
  /// What of MSI-X a page of a BAR holds, by the function's capability. PCIe 6.0 section 7.7.2.
  public func messages(on page: ExportedPage) -> InterfaceReport.MMIORange.Attributes {
    msix?.attributes(bar: page.bar, offset: page.offset, bytes: PageSize.small.bytes) ?? []
  }

  /// Whether a request to the page has to come from inside a trust domain: TEE memory, and a message table that was locked with the
  /// interface, whatever was reported of its page. PCIe 6.0 section 11.3.8.
  public func isTEE(_ page: ExportedPage, locksMessages: Bool) -> Bool {
    page.isTEE || locksMessages && !messages(on: page).isEmpty
  }

  /// Message Control as it stands; zero without the capability.
  public var messageControl: UInt16 { capabilities[.msix].map { space.word($0.offset + 2) } ?? 0 }
}
