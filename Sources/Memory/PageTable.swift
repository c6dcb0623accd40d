import Primitives

/// A four-level table of 512 entries a level, in real bytes of real frames: a shared EPT, a secure EPT
/// (`PageTable<GuestPhysicalAddress>`) or the table of an IOMMU (`PageTable<IOVirtualAddress>`).
///
/// It maps 48 bits. Leaves are 4 KiB, 2 MiB or 1 GiB. A walk reads memory, so whatever was written over a table's frames is
/// what it finds; a table that leads outside RAM is a broken table, never a stray pointer. Frames come from the allocator
/// and go back when their last entry does. Operations on ranges change everything or nothing.
///
/// The table caches nothing: see `TranslationCache`, and `Invalidation` for what a change owes it.
public final class PageTable<Space: Address> {
  /// The first address that the table cannot map.
  public static var limit: UInt64 { 1 << 48 }

  let frames: FrameAllocator
  /// The frame of the top level, as a pointer register would hold it (EPTP, or a PASID entry's second-level pointer).
  public let root: HostPhysicalAddress
  // Asked at every change, and set once: the run-time check of overlapping accesses would cost more than the question.
  @exclusivity(unchecked) public private(set) var isDestroyed = false
  /// Frames of the table itself, the root included.
  public internal(set) var frameCount = 1

  /// - Throws: `.outOfFrames`.
  public init(frames: FrameAllocator) throws(MemoryError) {
    self.frames = frames
    root = try frames.allocate(.small)
  }

  deinit { destroy() }

  /// Gives back all frames. Who still walks from the root, as a stale context of an IOMMU does, walks memory that may by
  /// now be anything. Tables end this way; `deinit` is only for those that were forgotten, and comes late where a cached
  /// context still holds on to the table.
  public func destroy() {
    guard !isDestroyed else { return }
    isDestroyed = true
    freeTables(below: root, level: 3)
    frameCount = 0
  }

  private func freeTables(below frame: HostPhysicalAddress, level: Int) {
    if level > 0, let table = frames.memory.table(at: frame) {
      for index in 0..<512 {
        let entry = PageTableEntry(rawValue: table[index])
        if entry.isUsed, !entry.isLeaf(at: level) { freeTables(below: entry.address, level: level - 1) }
      }
    }
    // A table whose bytes were overwritten may name a frame that is free already; it stays free.
    try? frames.free(frame)
  }

  // MARK: Looking

  /// The leaf that covers the address, accessible or not; nil where nothing is mapped, or the table is broken.
  @specialized(where Space == GuestPhysicalAddress)
  @specialized(where Space == IOVirtualAddress)
  public func walk(_ address: Space) -> Leaf<Space>? {
    guard address.rawValue < Self.limit else { return nil }
    var frame = root
    var level = 3
    while let table = frames.memory.table(at: frame) {
      let entry = PageTableEntry(rawValue: table[Self.index(address.rawValue, level)])
      guard entry.isUsed else { return nil }
      if entry.isLeaf(at: level) {
        guard let size = Self.size(ofLevel: level) else { return nil }
        let target = entry.address.alignedDown(to: size)
        return Leaf(start: address.alignedDown(to: size), target: target, size: size, attributes: entry.attributes)
      }
      frame = entry.address
      level -= 1
    }
    return nil
  }

  /// All leaves that touch the range, in order; at most `limit` of them. For charts, digests and checks.
  public func leaves(in range: AddressRange<Space>, limit: Int = .max) -> [Leaf<Space>] {
    var found: [Leaf<Space>] = []
    collect(range, frame: root, level: 3, base: 0, limit: limit, into: &found)
    return found
  }

  /// Every leaf of the table.
  public func leaves(limit: Int = .max) -> [Leaf<Space>] {
    guard let all = AddressRange(start: Space(0), length: Self.limit) else { return [] }
    return leaves(in: all, limit: limit)
  }

  private func collect(
    _ range: AddressRange<Space>, frame: HostPhysicalAddress, level: Int, base: UInt64, limit: Int, into found: inout [Leaf<Space>]
  ) {
    guard let table = frames.memory.table(at: frame) else { return }
    let span = Self.span(ofLevel: level)
    let first = range.start.rawValue <= base ? 0 : (range.start.rawValue - base) / span
    var index = first
    while index < 512, base + index * span < range.end.rawValue, found.count < limit {
      let entry = PageTableEntry(rawValue: table[Int(index)])
      let start = base + index * span
      if entry.isUsed, !entry.isLeaf(at: level) {
        collect(range, frame: entry.address, level: level - 1, base: start, limit: limit, into: &found)
      } else if entry.isUsed, let size = Self.size(ofLevel: level) {
        let target = entry.address.alignedDown(to: size)
        found.append(Leaf(start: Space(start), target: target, size: size, attributes: entry.attributes))
      }
      index += 1
    }
  }

  // MARK: Arithmetic of levels: 0 holds 4 KiB leaves, 3 is the root

  static func span(ofLevel level: Int) -> UInt64 { 1 << UInt64(12 + 9 * level) }
  static func index(_ address: UInt64, _ level: Int) -> Int { Int(address >> UInt64(12 + 9 * level) & 511) }
  static func size(ofLevel level: Int) -> PageSize? { PageSize(rawValue: UInt8(12 + 9 * level)) }
  static func level(of size: PageSize) -> Int { (Int(size.rawValue) - 12) / 9 }
}
