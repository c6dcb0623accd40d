import Primitives

/// Hands out frames of RAM, the lowest free one first, so that the same requests always get the same addresses.
///
/// Free space is a sorted list of ranges: untouched gigabytes are one entry. Frames are zero when handed out; `free` sees
/// to that with a raw write, which knows nothing of keys: whoever gives back a frame that was private scrubs it first.
public final class FrameAllocator {
  public let memory: PhysicalMemory
  /// Sorted, disjoint, never touching.
  private var freeRanges: [(start: UInt64, end: UInt64)]
  public private(set) var allocatedBytes: UInt64 = 0

  /// All of the memory's banks, from the lowest page on, except address zero: a frame there could not be told from none.
  public init(over memory: PhysicalMemory) {
    self.memory = memory
    freeRanges = []
    for bank in memory.banks {
      let start = max(bank.range.start.rawValue, PageSize.small.bytes)
      if start < bank.range.end.rawValue { insert(start, bank.range.end.rawValue) }
    }
  }

  public var freeBytes: UInt64 { freeRanges.reduce(0) { $0 + $1.end - $1.start } }

  /// The lowest free frame of that size, aligned to it.
  /// - Throws: `.outOfFrames`.
  public func allocate(_ size: PageSize = .small) throws(MemoryError) -> HostPhysicalAddress {
    try allocate(bytes: size.bytes, alignedTo: size).start
  }

  /// A contiguous range of whole 4 KiB pages. It must be given back as a whole or in whole pages.
  /// - Throws: `.outOfFrames`; `.misaligned` when `bytes` is not a positive number of pages.
  public func allocate(
    bytes: UInt64, alignedTo alignment: PageSize
  ) throws(MemoryError) -> AddressRange<HostPhysicalAddress> {
    guard bytes > 0, bytes & (PageSize.small.bytes - 1) == 0 else {
      throw MemoryError(.misaligned, "\(bytes) bytes are not whole 4 KiB pages")
    }
    let mask = alignment.bytes - 1
    for index in freeRanges.indices {
      let start = (freeRanges[index].start + mask) & ~mask
      // Ends stay below 2^52, so neither sum can wrap once `bytes` is known to fit.
      guard start < freeRanges[index].end, bytes <= freeRanges[index].end - start,
        let range = AddressRange(start: HostPhysicalAddress(start), length: bytes)
      else { continue }
      carve(start, start + bytes, from: index)
      allocatedBytes += bytes
      return range
    }
    throw MemoryError(.outOfFrames, "no free range of \(bytes) bytes aligned to \(alignment.bytes)")
  }

  /// Takes a particular range out of the free space: a machine file that places things itself.
  /// - Throws: `.overlap` where any byte of it is already taken or not RAM.
  public func reserve(_ range: AddressRange<HostPhysicalAddress>) throws(MemoryError) {
    try Self.requirePages(range)
    let (start, end) = (range.start.rawValue, range.end.rawValue)
    guard let index = freeRanges.firstIndex(where: { $0.start <= start && end <= $0.end }) else {
      throw MemoryError(.overlap, "\(range) is not free", at: start)
    }
    carve(start, end, from: index)
    allocatedBytes += range.length
  }

  public func free(_ frame: HostPhysicalAddress, _ size: PageSize = .small) throws(MemoryError) {
    guard let range = AddressRange(start: frame, length: size.bytes) else {
      throw MemoryError(.notAllocated, "no such frame", at: frame.rawValue)
    }
    try free(range)
  }

  /// Zeroes the range and takes it back.
  /// - Throws: `.notAllocated` where part of it is free already, or is not RAM.
  public func free(_ range: AddressRange<HostPhysicalAddress>) throws(MemoryError) {
    try Self.requirePages(range)
    let (start, end) = (range.start.rawValue, range.end.rawValue)
    guard memory.contains(range), start > 0, !freeRanges.contains(where: { $0.start < end && start < $0.end }) else {
      throw MemoryError(.notAllocated, "\(range) was not handed out", at: start)
    }
    try memory.zeroRaw(range)
    insert(start, end)
    allocatedBytes -= range.length
  }

  private func carve(_ start: UInt64, _ end: UInt64, from index: Int) {
    let whole = freeRanges[index]
    switch (whole.start < start, end < whole.end) {
    case (false, false): freeRanges.remove(at: index)
    case (false, true): freeRanges[index].start = end
    case (true, false): freeRanges[index].end = start
    case (true, true):
      freeRanges[index].end = start
      freeRanges.insert((end, whole.end), at: index + 1)
    }
  }

  private func insert(_ start: UInt64, _ end: UInt64) {
    let next = freeRanges.firstIndex { $0.start >= end } ?? freeRanges.count
    let joinsBefore = next > 0 && freeRanges[next - 1].end == start
    let joinsAfter = next < freeRanges.count && freeRanges[next].start == end
    switch (joinsBefore, joinsAfter) {
    case (true, true):
      freeRanges[next - 1].end = freeRanges[next].end
      freeRanges.remove(at: next)
    case (true, false): freeRanges[next - 1].end = end
    case (false, true): freeRanges[next].start = start
    case (false, false): freeRanges.insert((start, end), at: next)
    }
  }

  private static func requirePages(_ range: AddressRange<HostPhysicalAddress>) throws(MemoryError) {
    guard range.length > 0, range.start.isAligned(to: .small), range.end.isAligned(to: .small) else {
      throw MemoryError(.misaligned, "\(range) is not of whole 4 KiB pages", at: range.start.rawValue)
    }
  }
}
