import Memory
import Primitives
import Restriction

extension RestrictedHeap {
  /// Does what freeing left: takes what importers have let go of, scrubs everything that waits, and gives loans back that nobody uses.
  ///
  /// Whoever schedules the machine calls it when there is time; the scrubbing master does the writing.
  /// - Returns: loans that went back.
  @discardableResult public func work() throws(HeapError) -> Int {
    importerLetGo()
    while backlogPages > 0 { try scrubBatch() }
    var returned = 0
    for pool in pools where pool.loan != nil && pool.live == 0 && !isHeld(pool) {
      try giveBack(pool)
      returned += 1
    }
    return returned
  }

  private func isHeld(_ pool: RestrictedPool) -> Bool { pool.region.freePages << pageShift != pool.range.length }

  /// Zeroes about `batch` pages of the backlog, whole buffers, the oldest first. Buffers that lie side by side are one run for the master.
  public func scrubBatch() throws(HeapError) {
    var left = Int64(clamping: batch)
    batches += 1
    for pool in pools {
      while left > 0, let first = pool.takeFromBacklog() {
        run.removeAll(keepingCapacity: true)
        run.append(first)
        var pages = first.pages
        while Int64(pages) < left, let next = pool.takeFromBacklog(startingAt: first.firstPage + pages) {
          run.append(next)
          pages += next.pages
        }
        left -= Int64(pages)
        try scrubRun(of: pool, pages)
      }
      if left <= 0 { return }
    }
  }

  private func scrubRun(of pool: RestrictedPool, _ pages: UInt64) throws(HeapError) {
    guard let range = AddressRange(start: run[0].start, length: pages << pageShift) else { return }
    do throws(HeapError) { try world.scrub(range, of: region, by: scrubber) } catch {
      // Not zero, so not free: it goes to the end of the backlog, and the error to who asked for the work.
      for allocation in run { pool.queue(allocation) }
      throw error
    }
    backlogPages -= pages
    scrubbedPages += pages
    do throws(RegionError) { try pool.region.free(run: run) } catch { throw HeapError(.memory, error.description) }
  }

  private func giveBack(_ pool: RestrictedPool) throws(HeapError) {
    guard let loan = pool.loan, let source = backEnd.source else { return }
    if case .lentByFFA = backEnd {
      try world.release(handle: loan.cookie)
      try world.memoryReclaim(handle: loan.cookie)
    } else {
      try world.reclaim(cookie: loan.cookie)
    }
    pools.removeAll { $0 === pool }
    source.dropReference(loan.slot)
  }
}

extension SecureWorld {
  @inline(__always) func handOut(_ range: AddressRange<HostPhysicalAddress>, of region: RegionIndex) throws(HeapError) {
    guard let pages = books.pages(of: range) else { throw HeapError(.badRequest, "\(range) is not memory of this machine") }
    try check(books.handOut(pages, of: region), "handing out \(range)")
  }

  @inline(__always) func takeBack(_ range: AddressRange<HostPhysicalAddress>, of region: RegionIndex) -> Bool {
    guard let pages = books.pages(of: range) else { return false }
    guard books.takeBack(pages, of: region).isAccepted else { return false }
    if mistakes.contains(.opensFirst) { books.enforce(pages, .open) }
    return true
  }

  /// A master writes zeros over pages that were given back. The rules of the page are asked before and after, the firewall for every page.
  func scrub(_ range: AddressRange<HostPhysicalAddress>, of region: RegionIndex, by master: MasterIndex) throws(HeapError) {
    guard let pages = books.pages(of: range) else { throw HeapError(.badRequest, "\(range) is not memory of this machine") }
    try check(books.beginScrub(pages, of: region, by: master), "scrubbing \(range) by \(name(of: master))")
    if !mistakes.contains(.skipsZeroing) { try zero(memory, range) }
    try check(books.endScrub(pages, of: region), "the end of scrubbing \(range)")
  }

  /// An importer uses a buffer beyond its handles, or lets go: the pages stay out as long as it does.
  public func pin(_ memory: HeapMemory, by count: Int) {
    for range in memory.ranges { if let pages = books.pages(of: range) { books.pins.add(count, to: pages) } }
  }
}
