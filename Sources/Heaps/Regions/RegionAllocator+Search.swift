/// What a request needs of a hole.
struct Fit {
  let pages: UInt64
  /// In pages; a power of two.
  let alignment: UInt64

  init(pages: UInt64, alignment bytes: UInt64) {
    self.pages = pages
    alignment = max(1, bytes >> pageShift)
  }

  /// The first page at the alignment from this one on. Pages are below 2^40 and alignments below 2^52, so the sum cannot wrap.
  func start(in firstPage: UInt64) -> UInt64 { (firstPage + alignment - 1) & ~(alignment - 1) }

  /// Where in a hole that fits: at the low end; for a wide alignment at the high one, if that leaves the smaller sliver. What is left is then
  /// mostly in one piece. The slivers of a narrow alignment are as good as any hole, and low addresses are better.
  func place(in hole: borrowing Block) -> UInt64 {
    let low = start(in: hole.firstPage)
    guard alignment >= Self.wide else { return low }
    let high = (hole.endPage - pages) & ~(alignment - 1)
    let (below, above) = (low - hole.firstPage, hole.endPage - high - pages)
    return min(below, hole.endPage - low - pages) <= min(high - hole.firstPage, above) ? low : high
  }
  /// In pages.
  private static let wide: UInt64 = 32

  func fits(_ hole: borrowing Block) -> Bool {
    guard pages <= hole.pages else { return false }
    return start(in: hole.firstPage) <= hole.endPage - pages
  }

  /// A hole of so many pages does, wherever it begins; nil if no hole can be so long.
  var surelyEnough: UInt64? {
    let (sum, overflow) = pages.addingReportingOverflow(alignment - 1)
    return overflow || sum >> 40 > 0 ? nil : sum
  }
}

extension RegionAllocator {
  /// How many holes a request looks at before it takes a longer one, in which it surely fits. Hardly any request comes so far, and with 64
  /// those at high alignments took long holes that others then missed.
  private static let patience = 512

  /// The hole that a request is given: of the lowest class that has one that does, in the lowest zone.
  borrowing func find(_ fit: Fit) -> BlockIndex? {
    guard fit.pages <= freePages else { return nil }
    let lowest = SizeClass.number(of: fit.pages)
    let sure = fit.surelyEnough.map(SizeClass.whereAllHold) ?? SizeClass.count
    var looks = Self.patience
    if let block = look(from: lowest, below: sure, fit, &looks) { return block }
    if let number = index.nextClass(from: sure) { return index.lowest(of: number) }
    // All that is left are holes that were passed over, if any were.
    guard looks == 0 else { return nil }
    looks = .max
    return look(from: lowest, below: sure, fit, &looks)
  }

  /// Looks at holes that may be too short or begin at the wrong place, as many as it may.
  private borrowing func look(from lowest: Int, below sure: Int, _ fit: Fit, _ looks: inout Int) -> BlockIndex? {
    var number = lowest
    while looks > 0, let next = index.nextClass(from: number), next < sure {
      let found = index.first(of: next, in: blocks) { hole in
        guard !fit.fits(hole) else { return .yes }
        looks -= 1
        return looks == 0 ? .enough : .no
      }
      if let found { return found }
      number = next + 1
    }
    return nil
  }
}
