import Primitives

extension InterfaceReport {
  /// What a function says of the pages that it lends, with the reporting offset of its lock, in bytes. Neighbours of one kind are one
  /// range; what holds the MSI-X table or its pending bits is a kind of its own. PCIe 6.0 section 11.3.11.
  ///
  /// Message Control, and which range the table lies in, are told only where LOCK asked for the table.
  ///
  /// Nil where a page is behind no BAR of memory that is assigned and large enough, where there is none, or where the offset does not fit.
  public init?(of registers: FunctionRegisters, pages: [ExportedPage], locksMessages: Bool, reportingOffset: Int64) {
    let bars = registers.bars
    var ranges: [MMIORange] = []
    var last: (page: ExportedPage, messages: MMIORange.Attributes)?
    for page in pages.sorted(by: { ($0.bar, $0.offset) < ($1.bar, $1.offset) }) {
      guard let bar = bars.first(where: { $0.index == page.bar && $0.isShareable }),
        let size = bar.size, page.offset <= size, size - page.offset >= PageSize.small.bytes,
        let start = bar.address.advanced(by: page.offset), let range = AddressRange(start: start, length: PageSize.small.bytes)
      else { return nil }
      let found = registers.messages(on: page)
      var attributes: MMIORange.Attributes = registers.isTEE(page, locksMessages: locksMessages) ? [] : [.nonTEE]
      if locksMessages { attributes.formUnion(found) }
      guard let entry = MMIORange(range, bar: UInt16(page.bar), attributes: attributes, reportingOffset: reportingOffset) else { return nil }
      if let before = last, before.page.bar == page.bar, before.page.offset + PageSize.small.bytes == page.offset,
        before.page.isTEE == page.isTEE, before.messages == found
      {
        ranges[ranges.count - 1].pageCount += 1
      } else {
        ranges.append(entry)
      }
      last = (page, found)
    }
    guard !ranges.isEmpty else { return nil }
    self.init(msixMessageControl: locksMessages ? registers.messageControl : 0, ranges: ranges)
  }
}
