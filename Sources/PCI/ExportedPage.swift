/// A page of a BAR that is lent out: what an interface report lists.
public struct ExportedPage: Hashable, Sendable {
  public let bar: Int
  /// From the start of the BAR, in bytes, a multiple of 4096.
  public let offset: UInt64
  /// False: IS_NON_TEE_MEM in the interface report.
  public let isTEE: Bool
  public init(bar: Int, offset: UInt64, isTEE: Bool) { (self.bar, self.offset, self.isTEE) = (bar, offset, isTEE) }

  /// Those of a copy engine behind this BAR.
  public static func copyEngine(bar: Int) -> [Self] { CopyEnginePage.allCases.map { Self(bar: bar, offset: $0.offset, isTEE: $0.isTEE) } }
}

extension FunctionRegisters {
  /// What of MSI-X a page of a BAR holds, by the function's capability. PCIe 6.0 section 7.7.2.
  public func messages(on page: ExportedPage) -> (table: Bool, pendingBits: Bool) {
    guard let msix else { return (false, false) }
    func reaches(_ place: MSIX.Place, _ length: UInt64) -> Bool {
      place.bar == page.bar && place.offset < page.offset + 4096 && page.offset < place.offset + length
    }
    let count = UInt64(msix.count)
    return (reaches(msix.table, 16 * count), reaches(msix.pendingBits, (count + 63) / 64 * 8))
  }

  /// Whether a request to the page has to come from inside a trust domain: TEE memory, and a message table that was locked with the
  /// interface, whatever was reported of its page. PCIe 6.0 section 11.3.8.
  public func isTEE(_ page: ExportedPage, locksMessages: Bool) -> Bool {
    guard locksMessages, !page.isTEE else { return page.isTEE }
    let found = messages(on: page)
    return found.table || found.pendingBits
  }

  /// Message Control as it stands; zero without the capability.
  public var messageControl: UInt16 { capabilities[.msix].map { space.word($0.offset + 2) } ?? 0 }
}
