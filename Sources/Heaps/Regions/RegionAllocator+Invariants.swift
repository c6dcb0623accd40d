extension RegionAllocator {
  /// What has to hold between any two calls, walked from the first block to the last; empty if it does. For tests: it looks at
  /// everything.
  package var brokenInvariants: [String] {
    var broken: [String] = [], holes = 0, free: UInt64 = 0, allocations = 0
    for span in spans.all {
      var (block, before, page) = (span.firstBlock, BlockIndex.none, span.firstPage)
      while !block.isNone {
        let here = blocks[block]
        if here.firstPage != page { broken.append("a gap at page \(page)") }
        if here.before != before { broken.append("a neighbour that is not linked back at page \(page)") }
        if here.pages == 0 { broken.append("an empty block at page \(page)") }
        switch here.state {
        case .hole:
          (holes, free) = (holes + 1, free + here.pages)
          if !before.isNone, blocks[before].isHole { broken.append("two holes touch at page \(page)") }
          let filed = index.first(of: SizeClass.number(of: here.pages), in: blocks) { $0.firstPage == here.firstPage ? .yes : .no }
          if filed != block { broken.append("the hole at page \(page) is not filed") }
        case .allocated: allocations += 1
        case .unused: broken.append("an unused record at page \(page)")
        }
        (before, page, block) = (block, here.endPage, here.after)
      }
      if page != span.endPage { broken.append("the span ends at page \(page)") }
    }
    if holes != index.holes || free != freePages || allocations != liveAllocations { broken.append("the counts are wrong") }
    return broken
  }

  /// Where a hole stands in the order in which requests take them: the lower goes first.
  package func rank(ofHoleAt firstPage: UInt64, pages: UInt64) -> Int {
    SizeClass.number(of: pages) * Spans.zones + spans.zone(of: firstPage)
  }
}
