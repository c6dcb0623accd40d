import Heaps
import Primitives

/// The allocator of this project, over a range that does not exist.
struct Ours: Contender, ~Copyable {
  static let name = "region allocator"
  private var region: RegionAllocator
  private var slots: [RegionAllocation?]

  init(pages: UInt64, slots: Int) {
    guard let range = AddressRange(start: HostPhysicalAddress(1 << 40), length: pages * Trace.page), let region = try? RegionAllocator(over: range)
    else { preconditionFailure("4 GiB at 1 TiB are a range") }
    self.region = region
    self.slots = Array(repeating: nil, count: slots)
  }

  mutating func allocate(slot: Int, pages: UInt64, alignment: UInt64) -> Bool {
    guard let allocation = try? region.allocate(pages: pages, alignedTo: alignment * Trace.page) else { return false }
    slots[slot] = allocation
    return true
  }

  mutating func free(slot: Int) {
    guard let allocation = slots[slot] else { return }
    slots[slot] = nil
    do { try region.free(allocation) } catch { preconditionFailure("\(error)") }
  }

  var free: UInt64 { region.statistics.freePages }
  var longestHole: UInt64 { region.statistics.longestHole }
}
