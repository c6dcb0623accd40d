import Primitives

/// Hands out pages of memory that the CPU may not touch.
///
/// Nothing is kept in the memory itself, as tlsf and most allocators do: all book-keeping is here, 32 bytes or so for each allocation
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
/// - Errors: `RegionError`. A refused call has changed nothing.
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
    index.takeOut(block, zone: spans.zone(of: blocks[block].firstPage), in: &blocks)
    let (holeStart, holeEnd) = (blocks[block].firstPage, blocks[block].endPage)
    let start = fit.start(in: holeStart)
    if start > holeStart { cutOff(holeStart, start, before: block) }
    if start + pages < holeEnd { cutOff(start + pages, holeEnd, after: block) }
    serial += 1
    blocks[block].firstPage = start
    blocks[block].pages = pages
    blocks[block].state = .allocated(serial: serial)
    freePages -= pages
    liveAllocations += 1
    return RegionAllocation(block: block, serial: serial, firstPage: start, pages: pages)
  }

  /// Takes an allocation back, as a whole, and joins it with the holes beside it.
  /// - Throws: `.alreadyFree`, `.foreign`.
  public mutating func free(_ allocation: RegionAllocation) throws(RegionError) {
    let block = allocation.block
    guard Int(block.value) < blocks.count, case .allocated(allocation.serial) = blocks[block].state,
      blocks[block].firstPage == allocation.firstPage, blocks[block].pages == allocation.pages
    else { throw refusal(of: allocation) }
    freePages += allocation.pages
    liveAllocations -= 1
    let (before, after) = (blocks[block].before, blocks[block].after)
    if !before.isNone, blocks[before].isHole {
      index.takeOut(before, zone: spans.zone(of: blocks[before].firstPage), in: &blocks)
      swallow(before, into: block)
    }
    if !after.isNone, blocks[after].isHole {
      index.takeOut(after, zone: spans.zone(of: blocks[after].firstPage), in: &blocks)
      swallow(after, into: block)
    }
    index.file(block, zone: spans.zone(of: blocks[block].firstPage), in: &blocks)
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
  /// Makes a hole of the pages below a block that becomes shorter.
  private mutating func cutOff(_ start: UInt64, _ end: UInt64, before block: BlockIndex) {
    let neighbour = blocks[block].before
    let hole = record(Block(firstPage: start, pages: end - start, before: neighbour, after: block, state: .unused(next: .none)))
    blocks[block].before = hole
    if neighbour.isNone { spans.setFirstBlock(hole, at: start) } else { blocks[neighbour].after = hole }
    index.file(hole, zone: spans.zone(of: start), in: &blocks)
  }

  /// The same above it.
  private mutating func cutOff(_ start: UInt64, _ end: UInt64, after block: BlockIndex) {
    let neighbour = blocks[block].after
    let hole = record(Block(firstPage: start, pages: end - start, before: block, after: neighbour, state: .unused(next: .none)))
    blocks[block].after = hole
    if !neighbour.isNone { blocks[neighbour].before = hole }
    index.file(hole, zone: spans.zone(of: start), in: &blocks)
  }

  /// A neighbour's pages become the block's, and its record waits to be used again.
  private mutating func swallow(_ neighbour: BlockIndex, into block: BlockIndex) {
    let gone = blocks[neighbour]
    blocks[block].pages += gone.pages
    if gone.firstPage < blocks[block].firstPage {
      blocks[block].firstPage = gone.firstPage
      blocks[block].before = gone.before
      if gone.before.isNone { spans.setFirstBlock(block, at: gone.firstPage) } else { blocks[gone.before].after = block }
    } else {
      blocks[block].after = gone.after
      if !gone.after.isNone { blocks[gone.after].before = block }
    }
    blocks[neighbour].state = .unused(next: unused)
    unused = neighbour
  }

  /// Stores a block in a record that is free, or in a new one.
  mutating func record(_ block: Block) -> BlockIndex {
    guard !unused.isNone, case .unused(let next) = blocks[unused].state else {
      blocks.append(block)
      return BlockIndex(blocks.count - 1)
    }
    defer { unused = next }
    blocks[unused] = block
    return unused
  }

  mutating func addFreePages(_ pages: UInt64) { freePages += pages }
}
