import Primitives

extension PageTable {
  /// Maps a range to contiguous physical memory with the largest leaves that fit, none above `largest`.
  /// - Throws: `.misaligned` (4 KiB is the least), `.overlap`, `.outOfFrames`, `.impossibleRange` above 48 bits,
  ///   `.brokenTable`. Nothing is mapped then.
  @specialized(where Space == GuestPhysicalAddress)
  @specialized(where Space == IOVirtualAddress)
  public func map(
    _ range: AddressRange<Space>, to target: HostPhysicalAddress, _ attributes: LeafAttributes, largest: PageSize = .large
  ) throws(MemoryError) {
    try mapRun(range, to: target, attributes, largest: largest)
  }

  @inline(__always) func mapRun(
    _ range: AddressRange<Space>, to target: HostPhysicalAddress, _ attributes: LeafAttributes, largest: PageSize
  ) throws(MemoryError) {
    try require(range)
    guard target.rawValue & 4095 == 0, range.length <= PhysicalMemory.addressLimit,
      target.rawValue <= PhysicalMemory.addressLimit - range.length
    else { throw MemoryError(.misaligned, "no such run of physical pages", at: target.rawValue) }
    var (at, to) = (range.start.rawValue, target.rawValue)
    do throws(MemoryError) {
      while at < range.end.rawValue {
        let size = Self.fitting(at: at, to: to, left: range.end.rawValue - at, largest: largest)
        let run = try fill(from: at, until: range.end.rawValue, to: to, attributes, size: size)
        at += run
        to += run
      }
    } catch {
      if at > range.start.rawValue, let done = AddressRange(start: range.start, length: at - range.start.rawValue) {
        _ = try? unmap(done)
      }
      throw error
    }
  }

  /// Maps one page.
  public func map(
    _ page: Space, to target: HostPhysicalAddress, size: PageSize, _ attributes: LeafAttributes
  ) throws(MemoryError) {
    guard page.isAligned(to: size), target.isAligned(to: size), let range = AddressRange(start: page, length: size.bytes) else {
      throw MemoryError(.misaligned, "not aligned to \(size.bytes) bytes", at: page.rawValue)
    }
    try map(range, to: target, attributes, largest: size)
  }

  /// Takes every page of the range out; frees the tables that became empty.
  /// - Returns: what the caches of this table still owe. Until then they may serve the old pages.
  /// - Throws: `.notMapped` at the first hole, `.sizeMismatch` where the range cuts a leaf. Nothing changes then.
  @specialized(where Space == GuestPhysicalAddress)
  @specialized(where Space == IOVirtualAddress)
  public func unmap(_ range: AddressRange<Space>) throws(MemoryError) -> Invalidation<Space> {
    try edit(range) { _, _ in .empty }
    return Invalidation(range)
  }

  /// Changes what the pages of the range allow, not where they lead. `attributes.inaccessible` blocks them.
  @specialized(where Space == GuestPhysicalAddress)
  @specialized(where Space == IOVirtualAddress)
  public func protect(
    _ range: AddressRange<Space>, _ attributes: LeafAttributes
  ) throws(MemoryError) -> Invalidation<Space> {
    try edit(range) { PageTableEntry(leaf: $0.address, attributes, level: $1) }
    return Invalidation(range)
  }

  /// Replaces the leaf that covers the address by 512 smaller ones that say the same: `TDH.MEM.PAGE.DEMOTE`.
  /// - Throws: `.notMapped`; `.sizeMismatch` for a 4 KiB leaf; `.outOfFrames`.
  public func split(_ address: Space) throws(MemoryError) -> Invalidation<Space> {
    guard let leaf = walk(address), let range = AddressRange(start: leaf.start, length: leaf.size.bytes) else {
      throw MemoryError(.notMapped, "nothing to split", at: address.rawValue)
    }
    let level = Self.level(of: leaf.size)
    guard level > 0 else { throw MemoryError(.sizeMismatch, "a 4 KiB leaf cannot be split", at: address.rawValue) }
    let path = try descend(to: leaf.start.rawValue, level: level, creating: false)
    let frame = try newTable()
    guard let table = frames.memory.table(at: frame) else { throw broken(leaf.start.rawValue) }
    let span = Self.span(ofLevel: level - 1)
    for index in 0..<512 {
      let target = HostPhysicalAddress(leaf.target.rawValue + UInt64(index) * span)
      table[index] = PageTableEntry(leaf: target, leaf.attributes, level: level - 1).rawValue
    }
    path.table[Self.index(leaf.start.rawValue, level)] = PageTableEntry(table: frame, count: 512).rawValue
    return Invalidation(range)
  }

  // MARK: One table at a time: the position is held across a range

  /// Fills entries of one table with leaves of one size; returns the bytes that were mapped. A larger leaf can only become
  /// possible where a table ends, so the choice of size need not be made again before.
  private func fill(
    from start: UInt64, until end: UInt64, to target: UInt64, _ attributes: LeafAttributes, size: PageSize
  ) throws(MemoryError) -> UInt64 {
    let level = Self.level(of: size)
    let path = try descend(to: start, level: level, creating: true)
    let first = Self.index(start, level)
    let count = min(512 - first, Int((end - start) >> UInt64(size.rawValue)))
    // What all of these leaves say; only where they lead differs.
    var entry = PageTableEntry(leaf: HostPhysicalAddress(target), attributes, level: level).rawValue
    var index = first
    while index < first + count, !PageTableEntry(rawValue: path.table[index]).isUsed {
      path.table[index] = entry
      // Below 52 bits, as was asked before: the sum stays in the address.
      entry &+= size.bytes
      index += 1
    }
    path.add(index - first)
    let mapped = UInt64(index - first) << UInt64(size.rawValue)
    if index == first + count { return mapped }
    for undo in first..<index { path.table[undo] = 0 }
    if !path.add(first - index) { releaseEmpty(start, level: level) }
    throw MemoryError(.overlap, "already mapped", at: start + mapped)
  }

  /// Changes all leaves of a range, after making sure that the range consists of whole leaves.
  @inline(__always) func edit(
    _ range: AddressRange<Space>, _ change: (PageTableEntry, Int) -> PageTableEntry
  ) throws(MemoryError) {
    try require(range)
    let end = range.end.rawValue
    let (path, level) = try descendToLeaf(range.start.rawValue)
    let run = try Self.run(path, level, range.start.rawValue, end)
    // Most changes are of one table, and have looked at all of it then.
    if run.next == end { return write(path, level, range.start.rawValue, run.count, change) }
    var at = run.next
    while at < end {
      let (path, level) = try descendToLeaf(at)
      at = try Self.run(path, level, at, end).next
    }
    at = range.start.rawValue
    while at < end {
      let (path, level) = try descendToLeaf(at)
      let run = try Self.run(path, level, at, end)
      write(path, level, at, run.count, change)
      at = run.next
    }
  }

  /// How many leaves of one table belong to a range, and where it goes on behind them.
  /// - Throws: `.notMapped` at a hole, `.sizeMismatch` where the range cuts a leaf.
  private static func run(
    _ path: TablePosition, _ level: Int, _ start: UInt64, _ end: UInt64
  ) throws(MemoryError) -> (count: Int, next: UInt64) {
    let span = Self.span(ofLevel: level), first = Self.index(start, level)
    var (index, at) = (first, start)
    while index < 512, at < end {
      let entry = PageTableEntry(rawValue: path.table[index])
      guard entry.isUsed else { throw MemoryError(.notMapped, "not mapped", at: at) }
      guard entry.isLeaf(at: level) else { break }
      guard at & (span - 1) == 0, end - at >= span else {
        throw MemoryError(.sizeMismatch, "the range cuts a leaf of \(span) bytes", at: at)
      }
      index += 1
      at += span
    }
    return (index - first, at)
  }

  @inline(__always) private func write(
    _ path: TablePosition, _ level: Int, _ start: UInt64, _ count: Int, _ change: (PageTableEntry, Int) -> PageTableEntry
  ) {
    let first = Self.index(start, level)
    var removed = 0
    for index in first..<first + count {
      let changed = change(PageTableEntry(rawValue: path.table[index]), level)
      path.table[index] = changed.rawValue
      removed += changed.isUsed ? 0 : 1
    }
    if removed > 0, !path.add(-removed) { releaseEmpty(start, level: level) }
  }

  @inline(__always) private func require(_ range: AddressRange<Space>) throws(MemoryError) {
    guard !isDestroyed else { throw MemoryError(.brokenTable, "the table was destroyed") }
    guard range.length > 0, (range.start.rawValue | range.length) & 4095 == 0 else {
      throw MemoryError(.misaligned, "\(range) is not of whole 4 KiB pages", at: range.start.rawValue)
    }
    guard range.end.rawValue <= Self.limit else {
      throw MemoryError(.impossibleRange, "\(range) exceeds 48 bits", at: range.start.rawValue)
    }
  }

  private static func fitting(at: UInt64, to: UInt64, left: UInt64, largest: PageSize) -> PageSize {
    if largest == .huge, (at | to) & (PageSize.huge.bytes - 1) == 0, left >= PageSize.huge.bytes { return .huge }
    if largest != .small, (at | to) & (PageSize.large.bytes - 1) == 0, left >= PageSize.large.bytes { return .large }
    return .small
  }
}
