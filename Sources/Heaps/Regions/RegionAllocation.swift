import Primitives

/// What a `RegionAllocator` handed out: an identifier, to be given back with `free`.
///
/// It is a value and owns nothing: copies are the same allocation, and only one of them can be freed. Whoever lends memory on
/// puts a handle of its own around it.
public struct RegionAllocation: Hashable, Sendable {
  let block: BlockIndex
  /// Counts allocations from the first on, so that a block that is used again is not taken for what it was before.
  let serial: UInt64
  let firstPage: UInt64
  /// Its length, in pages of 4 KiB: as many as were asked for.
  public let pages: UInt64

  public var start: HostPhysicalAddress { HostPhysicalAddress(firstPage << pageShift) }
  /// In bytes.
  public var length: UInt64 { pages << pageShift }
  public var end: HostPhysicalAddress { HostPhysicalAddress((firstPage + pages) << pageShift) }
}

extension RegionAllocation: CustomStringConvertible {
  public var description: String { "\(start)..<\(end)" }
}

/// The only page size of a region: what a heap rounds lengths up to.
let pageShift = UInt64(PageSize.small.rawValue)
