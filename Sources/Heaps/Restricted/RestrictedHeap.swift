import Memory
import Primitives
import Restriction

/// A heap whose buffers the CPU may not touch, whatever is behind its name.
///
/// - Zeroing: pages of a freed buffer wait in a backlog until `scrubber`, a master with a rule to write, has zeroed them in batches. Who
///   frees only queues. Who allocates finds clean pages, or has a batch scrubbed first: when the backlog has reached `backlogLimit`, and when
///   nothing else is free. So the backlog is never longer than the limit and what was out when it was reached, and never longer than the pool.
/// - Loans: a heap that is lent its memory asks for the size of the request, and no less than the minimum, and gives a pool back when its
///   last buffer is gone and its pages are zero (`work`).
/// - Threads: one at a time. Units: bytes in calls, pages of 4 KiB in counts. Determinism: the same calls give the same addresses.
/// - Source: the TEE-backed heaps of the restricted-memory thread of 2025 (tee_heap.c of Linux 6.18: a pool that is carved once and divided by
///   genalloc), the secure heap of 2022 and the zeroing that its review asked for.
public final class RestrictedHeap: Heap {
  public let name: String
  public let useCase: UseCase
  public let protection: Protection
  public let backEnd: BackEnd
  let world: SecureWorld
  public let region: RegionIndex
  public let scrubber: MasterIndex
  /// In pages: from here on, allocating pays for a batch. What waits shortly is still in a cache as it is zeroed.
  public let backlogLimit: UInt64
  /// In pages: what is zeroed at once.
  public let batch: UInt64
  // What is not asked for exclusive access is touched for each buffer, by one thread and by nobody who is called meanwhile.
  @exclusivity(unchecked) var pools: [RestrictedPool] = []
  /// Buffers that are being scrubbed as one; kept for its room.
  @exclusivity(unchecked) var run: [RegionAllocation] = []
  @exclusivity(unchecked) private var buffers = BufferTable<Tenancy>()
  private var nextCookie: UInt64 = 1

  /// Pages of a pool that a buffer has.
  struct Tenancy {
    let allocation: RegionAllocation
    let pool: RestrictedPool
  }
  /// What has been zeroed so far, in pages, and in how many batches.
  public internal(set) var scrubbedPages: UInt64 = 0
  public internal(set) var batches = 0
  @exclusivity(unchecked) public private(set) var longestBacklog: UInt64 = 0
  /// After the TEE's driver is gone nothing is allocated any more; what is out can still be given back.
  public private(set) var isGone = false

  /// Makes the heap; a fixed pool is closed, and zeroed once, here.
  /// - Parameter scrubber: the name of a master that has, or is given here, a rule to write to the region and none to read it.
  /// - Throws: `.unprotectable`, `.refused`, `.badRequest`.
  public init(
    _ world: SecureWorld, region: RegionIndex, backEnd: BackEnd, scrubber: MasterIndex, named name: String? = nil, backlogLimit: UInt64 = 64,
    batch: UInt64 = 64
  ) throws(HeapError) {
    guard Int(region.value) < world.regions.count, Int(scrubber.value) < world.masters.count, batch > 0 else {
      throw HeapError(.badRequest, "no such region, or no such master")
    }
    let described = world.regions[Int(region.value)]
    if case .secondStage = backEnd, described.enforcer != .secondStage {
      throw HeapError(.unprotectable, "the region is kept by a firewall, and the pool by a second stage")
    }
    (self.world, self.region, self.scrubber, self.backEnd, self.backlogLimit, self.batch) = (world, region, scrubber, backEnd, backlogLimit, batch)
    useCase = described.useCase
    self.name = name ?? described.useCase.heapName
    protection = .restricted(described.useCase)
    guard let range = backEnd.fixed else { return }
    try world.close(range, as: region)
    let pool = try RestrictedPool(range, nil)
    try world.scrub(range, of: region, by: scrubber)
    scrubbedPages += range.length >> pageShift
    batches += 1
    pools.append(pool)
  }

  public func allocate(bytes: UInt64) throws(HeapError) -> HeapBuffer { try allocate(bytes: bytes, alignedTo: 4096) }

  /// The same at a multiple of `alignment` bytes, a power of two.
  public func allocate(bytes: UInt64, alignedTo alignment: UInt64) throws(HeapError) -> HeapBuffer {
    guard !isGone else { throw HeapError(.gone, "the secure world behind \(name) is gone") }
    let pages = try pages(for: bytes)
    guard alignment.nonzeroBitCount == 1 else { throw HeapError(.badRequest, "\(alignment) is no power of two") }
    if backlogPages >= backlogLimit { try scrubBatch() }
    while true {
      for pool in pools { if let allocation = try? pool.region.allocate(pages: pages, alignedTo: alignment) { return try hand(allocation, pool) } }
      guard backlogPages > 0 else { break }
      try scrubBatch()
    }
    let pool = try borrow(pages << pageShift, alignment)
    guard let allocation = try? pool.region.allocate(pages: pages, alignedTo: alignment) else {
      throw HeapError(.exhausted, "\(name): a loan of \(pool.range.length) bytes has no \(pages) pages in a row at \(alignment)")
    }
    return try hand(allocation, pool)
  }

  private func hand(_ allocation: RegionAllocation, _ pool: RestrictedPool) throws(HeapError) -> HeapBuffer {
    guard let range = AddressRange(start: allocation.start, length: allocation.length) else { throw HeapError(.badRequest, "no such range") }
    do throws(HeapError) { try world.handOut(range, of: region) } catch {
      try? pool.region.free(allocation)
      throw error
    }
    pool.live += 1
    let slot = buffers.insert(Tenancy(allocation: allocation, pool: pool))
    return HeapBuffer(HeapMemory(number: buffers.made, heap: name, protection: protection, range: range), in: slot, of: self)
  }

  /// A pool from ordinary memory, for at least so many bytes.
  private func borrow(_ bytes: UInt64, _ alignment: UInt64) throws(HeapError) -> RestrictedPool {
    guard let source = backEnd.source else { throw HeapError(.exhausted, "\(name) has no \(bytes) free bytes in a row, and nothing waits for zeros") }
    let buffer = try source.allocate(bytes: max(bytes, backEnd.minimum), alignedTo: max(alignment, 4096))
    guard let range = buffer.memory.contiguous else { throw HeapError(.notContiguous, "a loan is one range") }
    let cookie = nextCookie
    nextCookie += 1
    switch backEnd {
    case .lentByFFA:
      try world.memoryLend(range, handle: cookie)
      do throws(HeapError) { try world.assign(handle: cookie, to: region) } catch {
        try? world.memoryReclaim(handle: cookie)
        throw error
      }
    default: try world.lend(range, cookie: cookie, to: region)
    }
    try world.scrub(range, of: region, by: scrubber)
    source.addReference(buffer.slot)
    let pool = try RestrictedPool(range, .init(cookie: cookie, slot: buffer.slot))
    pools.append(pool)
    return pool
  }

  public func addReference(_ slot: Int) { buffers.retain(slot) }

  /// The last handle queues and returns: zeros are somebody else's work.
  public func dropReference(_ slot: Int) {
    guard let tenancy = buffers.release(slot) else { return }
    let (allocation, pool) = (tenancy.allocation, tenancy.pool)
    pool.live -= 1
    guard let range = AddressRange(start: allocation.start, length: allocation.length) else { return }
    // Refused only where an importer still holds the pages: they stay out, and nobody else gets them.
    guard world.takeBack(range, of: region) else { return held.append((allocation, pool)) }
    if world.mistakes.contains(.handsOutFirst), (try? pool.region.free(allocation)) != nil { return }
    queue(allocation, pool)
  }

  /// Buffers whose last handle is gone and whose pages an importer still uses.
  private var held: [(allocation: RegionAllocation, pool: RestrictedPool)] = []

  private func queue(_ allocation: RegionAllocation, _ pool: RestrictedPool) {
    pool.queue(allocation)
    backlogPages += allocation.pages
    longestBacklog = max(longestBacklog, backlogPages)
  }

  /// An importer let go: what only it kept joins the backlog.
  public func importerLetGo() {
    let waiting = held
    held = []
    for (allocation, pool) in waiting {
      guard let range = AddressRange(start: allocation.start, length: allocation.length) else { continue }
      if world.takeBack(range, of: region) { queue(allocation, pool) } else { held.append((allocation, pool)) }
    }
  }

  /// In pages: freed, and not zero yet.
  @exclusivity(unchecked) public internal(set) var backlogPages: UInt64 = 0
  public var liveBuffers: Int { buffers.live }
  public var loans: Int { pools.count { $0.loan != nil } }
  /// In pages, clean.
  public var freePages: UInt64 { pools.reduce(0) { $0 + $1.region.freePages } }
  public var heldBuffers: Int { held.count }

  /// The TEE's driver is unloaded. Linux answers EINVAL to allocations from then on (tee_heap.c).
  public func secureWorldLeaves() { isGone = true }
}
