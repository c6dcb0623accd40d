import Primitives

extension RegionAllocator {
  /// Adds the pages of a range: memory that the firewall closed later, or that firmware reported. Allocations stay where they are.
  ///
  /// A range that begins where one of ours ends makes that longer, and one that ends where another begins is one with it: a hole may then
  /// reach over the seam. The zones are cut anew, which
  /// looks at every block once.
  /// - Throws: `.impossibleRange`, `.overlap`.
  public mutating func grow(by range: AddressRange<HostPhysicalAddress>) throws(RegionError) {
    guard range.length > 0, range.start.isAligned(to: .small), range.end.isAligned(to: .small), range.end.rawValue <= 1 << 52 else {
      throw RegionError(.impossibleRange, "\(range) is not of whole pages of 4 KiB below 2^52", at: range.start)
    }
    let (firstPage, endPage) = (range.start.rawValue >> pageShift, range.end.rawValue >> pageShift)
    if let other = spans.overlapping(firstPage, endPage) {
      throw RegionError(.overlap, "\(range) is part of the region already", at: HostPhysicalAddress(max(firstPage, other.firstPage) << pageShift))
    }
    if let below = spans.all.firstIndex(where: { $0.endPage == firstPage }) {
      lengthen(spanAt: below, by: endPage - firstPage)
      joinAbove(spanAt: below)
    } else {
      let block = newRecord()
      blocks[block] = Block(firstPage: firstPage, pages: endPage - firstPage, state: .hole(previous: .none, next: .none))
      spans.insert(.init(firstPage: firstPage, pages: endPage - firstPage, firstBlock: block))
      if let position = spans.all.firstIndex(where: { $0.firstPage == firstPage }) { joinAbove(spanAt: position) }
    }
    addFreePages(endPage - firstPage)
    fileAgain()
  }

  /// The last block of the span becomes longer if it is a hole; otherwise a hole comes behind it.
  private mutating func lengthen(spanAt position: Int, by pages: UInt64) {
    let span = spans.all[position]
    spans.extend(spanAt: position, by: pages)
    var last = span.firstBlock
    while !blocks[last].after.isNone { last = blocks[last].after }
    if blocks[last].isHole {
      blocks[last].pages += pages
    } else {
      let hole = newRecord()
      blocks[hole] = Block(firstPage: span.endPage, pages: pages, before: last, state: .hole(previous: .none, next: .none))
      blocks[last].after = hole
    }
  }

  /// Makes one of a span and the next where they touch.
  private mutating func joinAbove(spanAt position: Int) {
    guard position + 1 < spans.all.count, spans.all[position].endPage == spans.all[position + 1].firstPage else { return }
    let first = spans.all[position + 1].firstBlock
    var last = spans.all[position].firstBlock
    while !blocks[last].after.isNone { last = blocks[last].after }
    spans.join(at: position)
    guard blocks[last].isHole, blocks[first].isHole else {
      blocks[last].after = first
      blocks[first].before = last
      return
    }
    let behind = blocks[first].after
    blocks[last].pages += blocks[first].pages
    blocks[last].after = behind
    if !behind.isNone { blocks[behind].before = last }
    retire(first)
  }

  /// Files every hole as if for the first time, from the highest down, so that a drawer begins with its lowest.
  private mutating func fileAgain() {
    index = HoleIndex(upTo: spans.pages)
    var holes: [BlockIndex] = []
    for span in spans.all {
      var block = span.firstBlock
      while !block.isNone {
        if blocks[block].isHole { holes.append(block) }
        block = blocks[block].after
      }
    }
    for hole in holes.reversed() { index.file(hole, blocks[hole], zone: spans.zone(of: blocks[hole].firstPage), in: &blocks) }
  }
}
