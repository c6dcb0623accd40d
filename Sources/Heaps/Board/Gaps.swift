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

  /// Takes so many bytes at a multiple of the alignment, inside one of the limits if there are any, as high as there are any.
  /// - Returns: where; nil if there are none.
  mutating func place(
    _ size: UInt64, alignedTo alignment: UInt64, within limits: [AddressRange<HostPhysicalAddress>]
  ) -> AddressRange<HostPhysicalAddress>? {
    var best: (gap: Int, start: UInt64)?
    for (index, gap) in ranges.enumerated() {
      let stretches = limits.isEmpty ? [(gap.start, gap.end)] : limits.map { (max(gap.start, $0.start), min(gap.end, $0.end)) }
      for (low, high) in stretches {
        guard low < high, size <= high.rawValue - low.rawValue else { continue }
        let start = (high.rawValue - size) & ~(alignment - 1)
        if start >= low.rawValue, best.map({ $0.start < start }) ?? true { best = (index, start) }
      }
    }
    guard let best, let placed = AddressRange(start: HostPhysicalAddress(best.start), length: size) else { return nil }
    let gap = ranges[best.gap], rest = Array(ranges[(best.gap + 1)...])
    ranges.removeSubrange(best.gap...)
    add(from: gap.start, to: HostPhysicalAddress(best.start))
    add(from: HostPhysicalAddress(best.start + size), to: gap.end)
    ranges += rest
    return placed
  }
}
