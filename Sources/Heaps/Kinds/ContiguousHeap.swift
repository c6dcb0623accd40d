import Memory
import Primitives

/// Physically contiguous buffers from a region whose unused pages work for others meanwhile.
///
/// The kernel lends the region's free pages to whoever can bear that they move (page cache, anonymous memory). A buffer takes them back:
/// what lies in its range is copied elsewhere first, byte for byte, and its owner's table follows. A page that somebody has pinned does not
/// move, and the heap tries another range. Source: the kernel's contiguous memory allocator (mm/cma.c: alloc_contig_range, MIGRATE_CMA).
public final class ContiguousHeap: Heap {
  public let name: String
  public let protection = Protection.ordinary
  let memory: PhysicalMemory
  private let range: AddressRange<HostPhysicalAddress>
  private var region: RegionAllocator
  private var buffers = BufferTable<RegionAllocation>()
  /// Where what is migrated goes.
  private let refuge: SystemHeap
  private var guests = PageGuests()
  /// Pages that were moved so far.
  public private(set) var migrations = 0
  /// How many ranges are tried before a request fails for pinned pages.
  static let patience = 8

  /// - Throws: `.badRequest` where the range is no memory.
  public init(
    _ memory: PhysicalMemory, over range: AddressRange<HostPhysicalAddress>, named name: String, refuge: SystemHeap
  ) throws(HeapError) {
    guard memory.contains(range) else { throw HeapError(.badRequest, "\(range) is not memory of this machine") }
    (self.memory, self.name, self.range, self.refuge) = (memory, name, range, refuge)
    do throws(RegionError) { region = try RegionAllocator(over: range) } catch { throw HeapError(.badRequest, error.description) }
  }

  public var freePages: UInt64 { region.freePages }
  public var movablePages: Int { guests.count }

  public func allocate(bytes: UInt64) throws(HeapError) -> HeapBuffer { try allocate(bytes: bytes, alignedTo: 4096) }

  /// The same at a multiple of `alignment` bytes.
  public func allocate(bytes: UInt64, alignedTo alignment: UInt64) throws(HeapError) -> HeapBuffer {
    let pages = try pages(for: bytes)
    // Ranges with a pinned page are held while others are tried, so that the next one is another.
    var passedOver: [RegionAllocation] = []
    defer { for allocation in passedOver { try? region.free(allocation) } }
    while passedOver.count < Self.patience {
      let allocation: RegionAllocation
      do throws(RegionError) { allocation = try region.allocate(pages: pages, alignedTo: alignment) } catch {
        let code: HeapError.Code = passedOver.isEmpty ? (error.code == .badRequest ? .badRequest : .exhausted) : .pinned
        let tried = passedOver.count == 1 ? "a range" : "\(passedOver.count) ranges"
        throw HeapError(
          code, passedOver.isEmpty ? "\(name): \(error.reason)" : "\(name): no \(pages) pages in a row but in \(tried) with pinned pages")
      }
      let numbers = Int(allocation.firstPage)..<Int(allocation.firstPage + allocation.pages)
      guard !guests[numbers].contains(where: \.isPinned) else {
        passedOver.append(allocation)
        continue
      }
      do throws(HeapError) { try takeBack(numbers) } catch {
        try? region.free(allocation)
        throw error
      }
      guard let range = AddressRange(start: allocation.start, length: allocation.length) else { continue }
      try zero(memory, range)
      let slot = buffers.insert(allocation)
      return HeapBuffer(HeapMemory(number: buffers.made, heap: name, protection: protection, range: range), in: slot, of: self)
    }
    throw HeapError(.pinned, "\(name): \(passedOver.count) ranges of \(pages) pages have pages that cannot be moved")
  }

  /// Lends a free page to somebody who can bear that it moves; the highest that is free, as far from buffers as possible. Nil when none is.
  public func lendMovable() throws(HeapError) -> MovablePage? {
    for hole in Array(region.holes).reversed() {
      let pages = Int(hole.start.rawValue >> pageShift)..<Int(hole.end.rawValue >> pageShift)
      guard let number = guests.highestFree(in: pages) else { continue }
      let page = MovablePage(HostPhysicalAddress(UInt64(number) << pageShift), in: self)
      try zero(memory, page.range)
      guests.insert(page, at: number)
      return page
    }
    return nil
  }

  /// The owner does not need it any more.
  public func giveBack(_ page: MovablePage) { page.leave() }

  func forget(_ address: HostPhysicalAddress) { guests.remove(Int(address.rawValue >> pageShift)) }

  /// From the lowest page up. Where there is no room for one any more, those before it have moved and it and the others stay.
  private func takeBack(_ pages: Range<Int>) throws(HeapError) {
    for guest in guests[pages] {
      let shelter = try refuge.allocate(bytes: 4096)
      guard let target = shelter.memory.contiguous else { continue }
      do throws(MemoryError) { try memory.copyRaw(from: guest.range, to: target.start) } catch { throw HeapError(.memory, error.description) }
      forget(guest.address)
      migrations += 1
      guest.move(to: consume shelter, at: target.start)
    }
  }

  public func addReference(_ slot: Int) { buffers.retain(slot) }
  public func dropReference(_ slot: Int) {
    guard let allocation = buffers.release(slot) else { return }
    try? region.free(allocation)
  }
}
