import Heaps
import Primitives
import Restriction
import Testing

/// Words for pages, blocks and groups against the list of what was said, of which the last that names a page holds.
@Suite struct PageLedgers {
  private enum Saying {
    case state(Range<Int>, PageState)
    case coverage(Range<Int>, Coverage)
  }

  /// Two whole groups, and one that ends in the middle of a block.
  private static let count = 2 * PageLedger.group + 5 * PageLedger.block + 77

  private static func range(_ random: inout SeededRandom) -> Range<Int> {
    let unit = [1, 1, PageLedger.block, PageLedger.block, PageLedger.group].randomElement(using: &random) ?? 1
    // At the edges of blocks and groups, one beside them, or anywhere.
    let start = min(count - 1, max(0, Int.random(in: 0...count / unit, using: &random) * unit + Int.random(in: -1...1, using: &random)))
    let length = Int.random(in: 1...4, using: &random) * unit + Int.random(in: 0...2, using: &random)
    return start..<min(count, start + length)
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>) func holdsWhatWasSaidLast(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed), sayings: [Saying] = [], edges: Set<Int> = [0, Self.count - 1]
    let ledger = try PageLedger(pages: Self.count)
    let states = PageState.all(regions: 3), covers = Coverage.all(regions: 3)
    for _ in 0..<60 {
      let range = Self.range(&random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        let state = try #require(states.randomElement(using: &random))
        ledger[state: range.lowerBound] = state
        sayings.append(.state(range.lowerBound..<range.lowerBound + 1, state))
      case 1:
        let cover = try #require(covers.randomElement(using: &random))
        ledger[coverage: range.lowerBound] = cover
        sayings.append(.coverage(range.lowerBound..<range.lowerBound + 1, cover))
      case 2:
        let state = try #require(states.randomElement(using: &random))
        ledger.record(range, state)
        sayings.append(.state(range, state))
      default:
        let cover = try #require(covers.randomElement(using: &random))
        ledger.enforce(range, cover)
        sayings.append(.coverage(range, cover))
      }
      for edge in [range.lowerBound - 1, range.lowerBound, range.lowerBound + 1, range.upperBound - 1, range.upperBound] {
        if edge >= 0, edge < Self.count { edges.insert(edge) }
      }
      edges.insert(Int.random(in: 0..<Self.count, using: &random))
      for page in edges {
        let (state, cover) = Self.said(of: page, sayings)
        guard ledger[state: page] == state, ledger[coverage: page] == cover else {
          Issue.record("seed \(seed): page \(page) is \(ledger[state: page]), \(ledger[coverage: page]), and was \(state), \(cover)")
          return
        }
      }
    }
    // Every stretch is alike, and together they are all pages. Between two edges everything is alike by what was said.
    let ordered = edges.sorted()
    var page = 0, stretches = 0
    while page < Self.count {
      let end = ledger.endOfAlike(from: page, to: Self.count)
      try #require(end > page && end <= Self.count)
      let first = Self.said(of: page, sayings)
      for inside in ordered + [end - 1] where page <= inside && inside < end {
        #expect(Self.said(of: inside, sayings) == first, "seed \(seed): \(page)..<\(end) at \(inside)")
      }
      (page, stretches) = (end, stretches + 1)
    }
    #expect(stretches < Self.count / 8, "what nobody told apart is one stretch")
  }

  private static func said(of page: Int, _ sayings: [Saying]) -> (PageState, Coverage) {
    var found: (PageState?, Coverage?) = (nil, nil)
    for saying in sayings.reversed() {
      switch saying {
      case .state(let range, let state) where range.contains(page): found.0 = found.0 ?? state
      case .coverage(let range, let cover) where range.contains(page): found.1 = found.1 ?? cover
      default: break
      }
    }
    return (found.0 ?? .ordinary, found.1 ?? .open)
  }

  /// 4 TiB, all of it said four times: four thousand words and not a thousand million.
  @Test func whatIsSaidOfAllIsSaidOnce() throws {
    let ledger = try PageLedger(pages: 1 << 30), all = 0..<1 << 30, video = RegionIndex(1)
    ledger.enforce(all, .region(video))
    for state in [PageState.unscrubbed(video), .scrubbing(video), .clean(video)] { ledger.record(all, state) }
    ledger[state: 12_345] = .handedOut(video)
    var page = 0, stretches = 0, out = 0
    while page < all.upperBound {
      if ledger[state: page] == .handedOut(video) { out += 1 }
      (page, stretches) = (ledger.endOfAlike(from: page, to: all.upperBound), stretches + 1)
    }
    #expect(out == 1 && stretches < 4096 + 512 + 3)
    ledger.record(all, .unscrubbed(video))
    #expect(ledger[state: 12_345] == .unscrubbed(video) && ledger[coverage: 1 << 30 - 1] == .region(video))
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>) func countsOfRanges(_ seed: UInt64) {
    var random = SeededRandom(seed: seed), counts = PageCounts(), plain = Array(repeating: 0, count: 60)
    var held: [Range<Int>] = []
    for _ in 0..<200 {
      if let range = held.randomElement(using: &random), Bool.random(using: &random) {
        held.remove(at: held.firstIndex(of: range) ?? 0)
        counts.add(-1, to: range)
        for page in range { plain[page] -= 1 }
      } else {
        let start = Int.random(in: 0..<60, using: &random), range = start..<Int.random(in: start...60, using: &random)
        held.append(range)
        counts.add(1, to: range)
        for page in range { plain[page] += 1 }
      }
      #expect(plain.indices.allSatisfy { counts[$0] == plain[$0] })
      for page in plain.indices {
        let end = counts.endOfAlike(from: page, to: 60)
        #expect(end > page && plain[page..<end].allSatisfy { $0 == plain[page] } && (end == 60 || plain[end] != plain[page]))
      }
    }
    for range in held { counts.add(-1, to: range) }
    #expect(counts.isEmpty, "what nobody holds leaves no edges")
  }
}
