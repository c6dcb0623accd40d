import Primitives

/// A row of a board's memory map: memory that nobody reserved, or a fixed region. Regions that overlap have overlapping rows.
public struct MapRow: Hashable, Sendable {
  public let range: AddressRange<HostPhysicalAddress>
  /// Position in the board's regions; nil for memory that is the kernel's to use.
  public let region: Int?
}

extension BoardMemory {
  /// In the order of addresses.
  public var map: [MapRow] {
    let taken = regions.enumerated().compactMap { index, region in region.range.map { MapRow(range: $0, region: index) } }
    let rows = taken + Gaps(in: banks, between: taken.map(\.range)).ranges.map { MapRow(range: $0, region: nil) }
    return rows.sorted { ($0.range.start, $0.range.length, $0.region ?? -1) < ($1.range.start, $1.range.length, $1.region ?? -1) }
  }

  /// Bytes that are the kernel's to use: what `system` allocates from. Memory that it lends (reusable regions) is counted there.
  public var freeSize: UInt64 { map.reduce(0) { $1.region == nil ? $0 + $1.range.length : $0 } }
}
