import Primitives

/// What is left of memory banks between ranges that are taken. Both in the order of addresses; taken ranges may overlap.
struct Gaps {
  private(set) var ranges: [AddressRange<HostPhysicalAddress>] = []

  init(in banks: [AddressRange<HostPhysicalAddress>], between taken: [AddressRange<HostPhysicalAddress>]) {
    for bank in banks {
      var start = bank.start
      for range in taken where range.end > start && range.start < bank.end {
        add(from: start, to: range.start)
        start = max(start, range.end)
      }
      add(from: start, to: bank.end)
    }
  }

  private mutating func add(from start: HostPhysicalAddress, to end: HostPhysicalAddress) {
    guard start < end, let range = AddressRange(start: start, length: end.rawValue - start.rawValue) else { return }
    ranges.append(range)
  }

  /// Whether one of them has so many bytes at a multiple of the alignment, inside one of the limits if there are any.
  func haveRoom(for size: UInt64, alignedTo alignment: UInt64, within limits: [AddressRange<HostPhysicalAddress>]) -> Bool {
    ranges.contains { gap in
      limits.isEmpty
        ? Self.fits(size, alignment, gap.start, gap.end)
        : limits.contains { Self.fits(size, alignment, max(gap.start, $0.start), min(gap.end, $0.end)) }
    }
  }

  private static func fits(_ size: UInt64, _ alignment: UInt64, _ start: HostPhysicalAddress, _ end: HostPhysicalAddress) -> Bool {
    let (padded, overflow) = start.rawValue.addingReportingOverflow(alignment - 1)
    let aligned = padded & ~(alignment - 1)
    return !overflow && aligned <= end.rawValue && size <= end.rawValue - aligned
  }
}
