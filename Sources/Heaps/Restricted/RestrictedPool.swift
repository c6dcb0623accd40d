import Primitives

/// A contiguous piece of restricted memory that a heap divides without the secure world: that is what it was carved for.
///
/// The allocator gets pages back when they are zero and not before, so what it hands out is always clean.
final class RestrictedPool {
  let range: AddressRange<HostPhysicalAddress>
  // As in `RestrictedHeap`.
  @exclusivity(unchecked) var region: RegionAllocator
  /// The loan's name and the memory that was lent; nil for a fixed pool.
  let loan: Loan?
  /// Buffers that are out.
  @exclusivity(unchecked) var live = 0
  /// Freed, and still with the last owner's bytes. Oldest first from `next` on.
  @exclusivity(unchecked) private var backlog: [RegionAllocation] = []
  @exclusivity(unchecked) private var next = 0
  @exclusivity(unchecked) private(set) var backlogPages: UInt64 = 0

  struct Loan: Sendable {
    let cookie: UInt64
    /// Of the buffer in the heap that lent it.
    let slot: Int
  }

  init(_ range: AddressRange<HostPhysicalAddress>, _ loan: Loan?) throws(HeapError) {
    do throws(RegionError) { region = try RegionAllocator(over: range) } catch { throw HeapError(.badRequest, error.description) }
    (self.range, self.loan) = (range, loan)
  }

  func queue(_ allocation: RegionAllocation) {
    backlog.append(allocation)
    backlogPages += allocation.pages
  }

  /// The oldest, if it begins with this page.
  func takeFromBacklog(startingAt page: UInt64) -> RegionAllocation? {
    next < backlog.count && backlog[next].firstPage == page ? takeFromBacklog() : nil
  }

  func takeFromBacklog() -> RegionAllocation? {
    guard next < backlog.count else { return nil }
    let allocation = backlog[next]
    next += 1
    backlogPages -= allocation.pages
    // The room of what was taken is used again, at most twice as much as waits.
    if next == backlog.count {
      backlog.removeAll(keepingCapacity: true)
      next = 0
    } else if next > 1024, next > backlog.count / 2 {
      backlog.removeFirst(next)
      next = 0
    }
    return allocation
  }
}
