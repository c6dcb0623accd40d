import Primitives

/// Hands out pages of memory that the CPU may not touch.
///
/// Nothing is kept in the memory itself, as tlsf and most allocators do: all book-keeping is here, 40 bytes for each allocation
/// and each hole. The space is cut in *blocks*, allocated ones and holes, linked in the order of addresses; two holes never touch, since
/// freeing joins them. Holes are filed by size class and by zone of addresses (`HoleIndex`), and a request takes, of the lowest class
/// that has a hole long enough at its alignment, one in the lowest zone: a close fit first, a low address second. Fits that are closer
/// leave slivers, and lower addresses waste large holes on small requests; `docs/heaps.md` has the figures.
///
/// - Shapes: one range at first, more by `grow(by:)`. A hole never reaches over the seam of two ranges unless the second continues
///   the first. What is handed out is contiguous, and has exactly the length that was asked for, whatever its alignment.
/// - Units: pages of 4 KiB; addresses of the host's physical space, below 2^52.
/// - Time: `allocate` and `free` take the same time for ten holes or a million. Only when the classes where every hole would do are
///   empty, a request looks at all that is left before it fails: it fails only if there is no hole for it.
/// - Errors: `RegionError`. A refused call has changed nothing. An allocation of another allocator is known by its place and number: one that
///   was made by an allocator over the same pages is not told from one's own.
/// - Threads and locks: none inside. It has one owner, as the compiler sees to (`~Copyable`); whoever shares it puts it in a `Mutex`.
/// - Determinism: the same calls give the same addresses.
///
/// Sources: the requirement is that of the heap in the secure-heap thread of 2022 (a gen_pool over a carve-out), whose bitmap is tight and
/// slow. Classes in two steps are those of Masmano and others, "TLSF" (ECRTS 2004), where a class has no order; order by address is what
/// Johnstone and Wilson found to matter, "The Memory Fragmentation Problem: Solved?" (ISMM 1998).
public struct RegionAllocator: ~Copyable, Sendable {
  var blocks: [Block] = []
  var spans = Spans()
  var index: HoleIndex
  /// Records that wait to be used again.
  private var unused = BlockIndex.none
  private var serial: UInt64 = 0
  private(set) var freePages: UInt64 = 0
  private(set) var liveAllocations = 0

  /// An allocator of all pages of a range.
  /// - Throws: `.impossibleRange` where it is empty, not of whole pages, or reaches beyond 52 bits.
  public init(over range: AddressRange<HostPhysicalAddress>) throws(RegionError) {
    index = HoleIndex(upTo: 1)
    try grow(by: range)
  }

  /// A contiguous run of pages at an address that is a multiple of `alignment` bytes.
  ///
  /// Alignments of less than a page are met by every page.
  /// - Throws: `.badRequest` for zero pages or an alignment that is no power of two; `.noHole`.
  public mutating func allocate(pages: UInt64, alignedTo alignment: UInt64 = 4096) throws(RegionError) -> RegionAllocation {
    guard pages > 0, alignment.nonzeroBitCount == 1 else {
      throw RegionError(.badRequest, "\(pages) pages at a multiple of \(alignment) bytes: at least one page, and a power of two, are needed")
    }
    let fit = Fit(pages: pages, alignment: alignment)
    guard let block = find(fit) else {
      throw RegionError(.noHole, "no \(pages) free pages in a row at a multiple of \(alignment) bytes, of \(freePages) free ones in all")
    }
    let hole = blocks[block]
    index.takeOut(hole, zone: spans.zone(of: hole.firstPage), of: &blocks)
    var taken = hole
    taken.firstPage = fit.place(in: hole)
    taken.pages = pages
    if taken.firstPage > hole.firstPage {
      taken.before = fileHole(from: hole.firstPage, to: taken.firstPage, between: hole.before, and: block)
    }
    if taken.endPage < hole.endPage {
      taken.after = fileHole(from: taken.endPage, to: hole.endPage, between: block, and: hole.after)
    }
    serial += 1
    taken.state = .allocated(serial: serial)
    blocks[block] = taken
    freePages -= pages
    liveAllocations += 1
    return RegionAllocation(block: block, serial: serial, firstPage: taken.firstPage, pages: pages)
  }

  /// Takes an allocation back, as a whole, and joins it with the holes beside it.
  /// - Throws: `.alreadyFree`, `.foreign`.
  public mutating func free(_ allocation: RegionAllocation) throws(RegionError) {
    guard isLive(allocation) else { throw refusal(of: allocation) }
    release(allocation.block, blocks[allocation.block])
    freePages += allocation.pages
    liveAllocations -= 1
  }

  /// Takes allocations back that lie one behind the other, in the order of addresses: they become a hole at once, and not one by one.
  /// - Throws: `.alreadyFree`, `.foreign`; `.badRequest` where two are no neighbours.
  public mutating func free(run: [RegionAllocation]) throws(RegionError) {
    guard let first = run.first else { return }
    for (position, allocation) in run.enumerated() {
      guard isLive(allocation) else { throw refusal(of: allocation) }
      guard position == 0 || blocks[run[position - 1].block].after == allocation.block else {
        throw RegionError(.badRequest, "\(allocation) does not begin where the one before it ends", at: allocation.start)
      }
    }
    var whole = blocks[first.block]
    for allocation in run.dropFirst() {
      whole.pages += allocation.pages
      whole.after = blocks[allocation.block].after
      retire(allocation.block)
    }
    if !whole.after.isNone { blocks[whole.after].before = first.block }
    freePages += whole.pages
    liveAllocations -= run.count
    release(first.block, whole)
  }

  private borrowing func isLive(_ allocation: RegionAllocation) -> Bool {
    guard Int(allocation.block.value) < blocks.count else { return false }
    let block = blocks[allocation.block]
    guard case .allocated(allocation.serial) = block.state else { return false }
    return block.firstPage == allocation.firstPage && block.pages == allocation.pages
  }

  /// Makes a hole of a block, with the holes on either side of it.
  private mutating func release(_ block: BlockIndex, _ pages: Block) {
    var freed = pages
    if !freed.before.isNone, case let below = blocks[freed.before], below.isHole {
      index.takeOut(below, zone: spans.zone(of: below.firstPage), of: &blocks)
      retire(freed.before)
      (freed.firstPage, freed.before) = (below.firstPage, below.before)
      freed.pages += below.pages
      link(below.before, to: block, at: below.firstPage)
    }
    if !freed.after.isNone, case let above = blocks[freed.after], above.isHole {
      index.takeOut(above, zone: spans.zone(of: above.firstPage), of: &blocks)
      retire(freed.after)
      freed.after = above.after
      freed.pages += above.pages
      if !above.after.isNone { blocks[above.after].before = block }
    }
    index.file(block, freed, zone: spans.zone(of: freed.firstPage), in: &blocks)
  }

  private borrowing func refusal(of allocation: RegionAllocation) -> RegionError {
    // A number that was given out, for pages that are ours: it was ours once. Otherwise it never was.
    let wasOurs = allocation.serial <= serial && spans.contains(allocation.firstPage) && Int(allocation.block.value) < blocks.count
    return wasOurs
      ? RegionError(.alreadyFree, "allocation \(allocation) was freed before", at: allocation.start)
      : RegionError(.foreign, "allocation \(allocation) is not of this allocator", at: allocation.start)
  }
}

// MARK: Blocks

extension RegionAllocator {
  /// Makes a hole of pages that a request did not need, between two neighbours of which one may be missing.
  private mutating func fileHole(from start: UInt64, to end: UInt64, between before: BlockIndex, and after: BlockIndex) -> BlockIndex {
    let hole = newRecord()
    index.file(hole, Block(firstPage: start, pages: end - start, before: before, after: after), zone: spans.zone(of: start), in: &blocks)
    link(before, to: hole, at: start)
    if !after.isNone { blocks[after].before = hole }
    return hole
  }

  /// Makes a block that begins at a page the next one of another, or the first of its span.
  private mutating func link(_ before: BlockIndex, to block: BlockIndex, at page: UInt64) {
    if before.isNone { spans.setFirstBlock(block, at: page) } else { blocks[before].after = block }
  }

  mutating func retire(_ record: BlockIndex) {
    blocks[record].state = .unused(next: unused)
    unused = record
  }

  /// A record to be written to: one that waits, or a new one.
  mutating func newRecord() -> BlockIndex {
    guard !unused.isNone, case .unused(let next) = blocks[unused].state else {
      blocks.append(Block(firstPage: 0, pages: 0))
      return BlockIndex(blocks.count - 1)
    }
    defer { unused = next }
    return unused
  }

  mutating func addFreePages(_ pages: UInt64) { freePages += pages }
}
