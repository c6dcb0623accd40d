import Memory
import Primitives

/// All memory that nobody reserved: buffers in pieces of mixed orders, large ones first, as Linux's `system` heap takes them.
///
/// Memory is zeroed as it is handed out. Source: dma-buf-heaps.rst; orders 8, 4 and 0 are those of the kernel's system_heap.c.
public final class SystemHeap: Heap {
  public let name: String
  public let protection = Protection.ordinary
  let memory: PhysicalMemory
  private var region: RegionAllocator
  private var buffers = BufferTable<[RegionAllocation]>()
  /// In a confidential guest: the key under which this memory is private.
  private let key: PrivateKey?

  /// In pages.
  static let orders: [UInt64] = [256, 16, 1]
  /// In pages: what a buffer has beyond it comes in rows of the largest order, a range for each row, as a scatter list has one entry for
  /// neighbours (lib/scatterlist.c, sg_alloc_table_from_pages). So a buffer has ranges by what the memory is cut into and not by its size.
  static let mostInPieces: UInt64 = 64 * 256

  /// - Throws: `.badRequest` where the range is no memory.
  public convenience init(
    _ memory: PhysicalMemory, over range: AddressRange<HostPhysicalAddress>, named name: String = HeapName.system, privateTo key: PrivateKey? = nil
  ) throws(HeapError) {
    try self.init(memory, over: [range], named: name, privateTo: key)
  }

  /// What is left of a board between its reservations: one range or more, none of which overlap.
  /// - Throws: `.badRequest` where one is no memory, or there is none.
  public init(
    _ memory: PhysicalMemory, over ranges: [AddressRange<HostPhysicalAddress>], named name: String = HeapName.system,
    privateTo key: PrivateKey? = nil
  ) throws(HeapError) {
    guard let first = ranges.first else { throw HeapError(.badRequest, "\(name) without any memory") }
    for range in ranges where !memory.contains(range) { throw HeapError(.badRequest, "\(range) is not memory of this machine") }
    (self.memory, self.name, self.key) = (memory, name, key)
    do throws(RegionError) {
      region = try RegionAllocator(over: first)
      for range in ranges.dropFirst() { try region.grow(by: range) }
    } catch { throw HeapError(.badRequest, error.description) }
  }

  public var freePages: UInt64 { region.freePages }
  public var liveBuffers: Int { buffers.live }

  public func allocate(bytes: UInt64) throws(HeapError) -> HeapBuffer {
    let pages = try pages(for: bytes)
    var pieces: [RegionAllocation] = []
    var left = pages <= region.freePages ? pages : .max
    if left != .max { takeRows(&left, &pieces) }
    for order in Self.orders where left != .max {
      // Once an order has run out, smaller ones are tried: memory that is cut up still serves.
      while left >= order, let piece = try? region.allocate(pages: order, alignedTo: order << pageShift) {
        pieces.append(piece)
        left -= order
      }
    }
    guard left == 0 else {
      for piece in pieces { try? region.free(piece) }
      throw HeapError(.exhausted, "\(pages) pages from \(name), which has \(region.freePages) left")
    }
    let ranges = pieces.compactMap { AddressRange(start: $0.start, length: $0.length) }
    // Neighbours are one run: long ones are given back to the host instead of being written.
    for run in Self.joined(ranges) { if let key { try key.zero(run, as: key.id) } else { try zero(memory, run) } }
    let slot = buffers.insert(pieces)
    return HeapBuffer(HeapMemory(number: buffers.made, heap: name, protection: protection, ranges: ranges), in: slot, of: self)
  }

  /// A buffer of one range, for a driver whose device has no IOMMU. On a machine that has been up for long there is hardly ever one; Linux
  /// finds it by migration (mm/page_alloc.c, alloc_contig_pages), here it has to be free.
  /// - Throws: `.exhausted` where so many pages in a row are not free.
  public func allocateRow(bytes: UInt64) throws(HeapError) -> HeapBuffer {
    let pages = try pages(for: bytes)
    guard let piece = try? region.allocate(pages: pages), let range = AddressRange(start: piece.start, length: piece.length) else {
      throw HeapError(.exhausted, "\(pages) pages in a row from \(name), which has \(region.freePages) left in all")
    }
    if let key { try key.zero(range, as: key.id) } else { try zero(memory, range) }
    let slot = buffers.insert([piece])
    return HeapBuffer(HeapMemory(number: buffers.made, heap: name, protection: protection, range: range), in: slot, of: self)
  }

  private func takeRows(_ left: inout UInt64, _ pieces: inout [RegionAllocation]) {
    let order = Self.orders[0]
    var row = left & ~(order - 1)
    while left > Self.mostInPieces, row > order {
      guard let piece = try? region.allocate(pages: row, alignedTo: order << pageShift) else {
        row = row / 2 & ~(order - 1)
        continue
      }
      pieces.append(piece)
      left -= row
      row = min(row, left & ~(order - 1))
    }
  }

  private static func joined(_ ranges: [AddressRange<HostPhysicalAddress>]) -> [AddressRange<HostPhysicalAddress>] {
    var runs: [AddressRange<HostPhysicalAddress>] = []
    for range in ranges.sorted(by: { $0.start < $1.start }) {
      if let last = runs.last, last.end == range.start, let both = AddressRange(start: last.start, length: last.length + range.length) {
        runs[runs.count - 1] = both
      } else {
        runs.append(range)
      }
    }
    return runs
  }

  public func addReference(_ slot: Int) { buffers.retain(slot) }
  public func dropReference(_ slot: Int) {
    guard let pieces = buffers.release(slot) else { return }
    for piece in pieces { try? region.free(piece) }
  }
}

/// Zeroes memory that a heap owns.
func zero(_ memory: PhysicalMemory, _ range: AddressRange<HostPhysicalAddress>) throws(HeapError) {
  do throws(MemoryError) { try memory.zeroRaw(range) } catch { throw HeapError(.memory, error.description) }
}
