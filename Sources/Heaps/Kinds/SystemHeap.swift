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

  /// - Throws: `.badRequest` where the range is no memory.
  public init(
    _ memory: PhysicalMemory, over range: AddressRange<HostPhysicalAddress>, named name: String = HeapName.system, privateTo key: PrivateKey? = nil
  ) throws(HeapError) {
    guard memory.contains(range) else { throw HeapError(.badRequest, "\(range) is not memory of this machine") }
    (self.memory, self.name, self.key) = (memory, name, key)
    do throws(RegionError) { region = try RegionAllocator(over: range) } catch { throw HeapError(.badRequest, error.description) }
  }

  public var freePages: UInt64 { region.freePages }
  public var liveBuffers: Int { buffers.live }

  public func allocate(bytes: UInt64) throws(HeapError) -> HeapBuffer {
    let pages = try pages(for: bytes)
    var pieces: [RegionAllocation] = []
    var left = pages <= region.freePages ? pages : .max
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
    for range in ranges { if let key { try key.zero(range, as: key.id) } else { try zero(memory, range) } }
    let slot = buffers.insert(pieces)
    return HeapBuffer(HeapMemory(number: buffers.made, heap: name, protection: protection, ranges: ranges), in: slot, of: self)
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
