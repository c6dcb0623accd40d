import Primitives
import Restriction
import Testing

/// The rules on a stage that knows which pages are alike do what they do page by page, whatever guard is missing.
@Suite struct Stretches {
  /// The same books, asked in stretches as long as they can be.
  struct Stretched: RestrictedStage {
    var bench: Bench
    var law: RestrictedLaw { bench.law }
    var minimumLend: UInt64 { bench.minimumLend }
    var regionCount: UInt8 { bench.regionCount }
    var lendCount: Int { bench.lendCount }
    subscript(page page: Int) -> PageState {
      get { bench[page: page] }
      set { bench[page: page] = newValue }
    }
    subscript(coverage page: Int) -> Coverage {
      get { bench[coverage: page] }
      set { bench[coverage: page] = newValue }
    }
    func references(page: Int) -> Int { bench.references(page: page) }
    subscript(rule master: MasterIndex, region: RegionIndex) -> Access {
      get { bench[rule: master, region] }
      set { bench[rule: master, region] = newValue }
    }
    func useCase(of region: RegionIndex) -> UseCase { bench.useCase(of: region) }
    subscript(lend slot: Int) -> Lend {
      get { bench[lend: slot] }
      set { bench[lend: slot] = newValue }
    }
    func endOfAlike(from page: Int, to limit: Int) -> Int {
      (page..<limit).first { bench.pages[$0] != bench.pages[page] || bench.covers[$0] != bench.covers[page] || bench.held[$0] != bench.held[page] }
        ?? limit
    }
  }

  private static func call(_ stage: inout some RestrictedStage, _ number: Int, _ pages: Range<Int>, _ region: RegionIndex, _ cookie: UInt64)
    -> RestrictedOutcome
  {
    switch number {
    case 0: stage.close(pages, as: region, by: .secure)
    case 1: stage.open(pages, by: .secure)
    case 2: stage.lend(.pages(pages, cookie: cookie))
    case 3: stage.assign(cookie, to: region)
    case 4: stage.release(cookie)
    case 5: stage.reclaim(cookie)
    case 6: stage.handOut(pages, of: region)
    case 7: stage.takeBack(pages, of: region)
    case 8: stage.beginScrub(pages, of: region, by: scrubber)
    default: stage.endScrub(pages, of: region)
    }
  }

  /// Two or three pieces that are alike within, at times but for one of what is known of a page, and loans anywhere.
  private static func world(_ random: inout SeededRandom) -> Bench {
    var bench = Bench(pages: 8)
    let states = PageState.all(regions: 2), covers = Coverage.all(regions: 2)
    var (state, cover, held) = (PageState.ordinary, Coverage.open, 0)
    for page in 0..<8 {
      if page == 0 || Int.random(in: 0..<5, using: &random) == 0 {
        if page == 0 || Bool.random(using: &random) { state = states.randomElement(using: &random) ?? .ordinary }
        if page == 0 || Bool.random(using: &random) { cover = state.region.map { .region($0) } ?? covers.randomElement(using: &random) ?? .open }
        held = Int.random(in: 0..<6, using: &random) / 5
      }
      (bench.pages[page], bench.covers[page], bench.held[page]) = (state, cover, held)
    }
    for slot in 0..<2 {
      let start = Int.random(in: 0..<8, using: &random)
      let stage = Lend.Stage.allCases.randomElement(using: &random) ?? .none
      if stage != .none {
        bench.loans[slot] = Lend(stage, cookie: UInt64(slot + 1), firstPage: start, pages: Int.random(in: 1...8 - start, using: &random))
      }
    }
    for region in [video, payment] { bench[rule: scrubber, region] = .write }
    return bench
  }

  @Test(arguments: [nil] + RestrictedGuard.laws.map(Optional.some)) func asPageByPage(_ missing: RestrictedGuard?) {
    var random = SeededRandom(seed: 1), accepted = Set<Int>()
    for round in 0..<3000 {
      var plain = Self.world(&random)
      if let missing { plain.law = RestrictedLaw(dropping: [missing]) }
      var stretched = Stretched(bench: plain)
      let number = Int.random(in: 0..<10, using: &random), start = Int.random(in: 0..<8, using: &random)
      let pages = start..<Int.random(in: start + 1...8, using: &random), region = plain.pages[start].region ?? video
      let cookie = UInt64.random(in: 1...3, using: &random)
      let one = Self.call(&plain, number, pages, region, cookie), other = Self.call(&stretched, number, pages, region, cookie)
      #expect(one == other && plain == stretched.bench, "round \(round): call \(number) of \(pages)")
      if one.isAccepted, pages.count > 1 { accepted.insert(number) }
    }
    #expect(accepted == Set(0..<10), "each of the calls went through")
  }
}
