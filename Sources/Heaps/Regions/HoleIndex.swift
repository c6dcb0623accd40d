/// Finds holes by size and by address: a drawer for every pair of a size class and a zone, with a list of holes in it.
///
/// Bits say which classes have any hole, and which zones of a class, so that neither an empty class nor an empty zone is ever looked at.
/// Filing and taking out are a handful of stores, however many holes there are. The lists run through the blocks themselves.
struct HoleIndex {
  /// The first hole of each drawer; a class's 64 zones lie side by side.
  private var first: [BlockIndex]
  private var zonesWithHoles: [UInt64]
  private var classesWithHoles: InlineArray<7, UInt64> = .init(repeating: 0)
  private(set) var holes = 0

  /// For holes of at most so many pages.
  init(upTo pages: UInt64) {
    let classes = SizeClass.number(of: pages) + 1
    first = Array(repeating: .none, count: classes * Spans.zones)
    zonesWithHoles = Array(repeating: 0, count: classes)
  }

  /// Puts a hole into its drawer, as the first of the list, and stores it.
  mutating func file(_ record: BlockIndex, _ block: Block, zone: Int, in blocks: inout [Block]) {
    let number = SizeClass.number(of: block.pages)
    let drawer = number * Spans.zones + zone
    let next = first[drawer]
    var hole = block
    hole.state = .hole(previous: .none, next: next)
    blocks[record] = hole
    if !next.isNone, case .hole(_, let behind) = blocks[next].state { blocks[next].state = .hole(previous: record, next: behind) }
    first[drawer] = record
    zonesWithHoles[number] |= 1 << UInt64(zone)
    classesWithHoles[number >> 6] |= 1 << UInt64(number & 63)
    holes += 1
  }

  /// Takes a hole out of its drawer. What its record becomes is its caller's to say.
  mutating func takeOut(_ hole: Block, zone: Int, of blocks: inout [Block]) {
    guard case .hole(let previous, let next) = hole.state else { preconditionFailure("only holes are filed") }
    if !next.isNone, case .hole(_, let behind) = blocks[next].state { blocks[next].state = .hole(previous: previous, next: behind) }
    holes -= 1
    guard previous.isNone else {
      if case .hole(let ahead, _) = blocks[previous].state { blocks[previous].state = .hole(previous: ahead, next: next) }
      return
    }
    let number = SizeClass.number(of: hole.pages)
    first[number * Spans.zones + zone] = next
    guard next.isNone else { return }
    zonesWithHoles[number] &= ~(1 << UInt64(zone))
    if zonesWithHoles[number] == 0 { classesWithHoles[number >> 6] &= ~(1 << UInt64(number & 63)) }
  }

  /// The lowest class from `number` on that has a hole.
  func nextClass(from number: Int) -> Int? {
    guard number < SizeClass.count else { return nil }
    var word = number >> 6
    var bits = classesWithHoles[word] & (~0 << UInt64(number & 63))
    while bits == 0 {
      word += 1
      guard word < classesWithHoles.count else { return nil }
      bits = classesWithHoles[word]
    }
    return word << 6 | bits.trailingZeroBitCount
  }

  /// A hole of the lowest zone that has any of this class.
  /// - Precondition: the class has a hole.
  func lowest(of number: Int) -> BlockIndex { first[number * Spans.zones + zonesWithHoles[number].trailingZeroBitCount] }

  /// The first hole of a class, from the lowest zone to the highest, that is as wanted.
  func first(of number: Int, in blocks: [Block], where isWanted: (borrowing Block) -> Verdict) -> BlockIndex? {
    var zones = zonesWithHoles[number]
    while zones != 0 {
      var block = first[number * Spans.zones + zones.trailingZeroBitCount]
      while !block.isNone {
        let candidate = blocks[block]
        switch isWanted(candidate) {
        case .yes: return block
        case .no: break
        case .enough: return nil
        }
        guard case .hole(_, let next) = candidate.state else { break }
        block = next
      }
      zones &= zones - 1
    }
    return nil
  }

  enum Verdict { case yes, no, enough }

  /// The highest class that has a hole: the longest hole is in it.
  var highestClass: Int? {
    for word in classesWithHoles.indices.reversed() where classesWithHoles[word] != 0 {
      return word << 6 | (63 - classesWithHoles[word].leadingZeroBitCount)
    }
    return nil
  }
}
