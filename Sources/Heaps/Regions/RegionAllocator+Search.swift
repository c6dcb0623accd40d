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
  /// How many holes a request looks at before it takes a longer one, in which it surely fits. On the traces that this was measured with
  /// one request in ten thousand comes so far.
  private static let patience = 64

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
