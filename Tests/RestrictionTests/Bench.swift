import Restriction

/// The books as plain arrays: four pages, two regions, three masters.
struct Bench: RestrictedStage {
  var law = RestrictedLaw()
  var pages: [PageState]
  var covers: [Coverage]
  var held: [Int]
  var rules: [[Access]]
  var loans: [Lend] = [.none, .none]
  var minimumLend: UInt64 = 4096

  init(pages count: Int = 4) {
    pages = Array(repeating: .ordinary, count: count)
    covers = Array(repeating: .open, count: count)
    held = Array(repeating: 0, count: count)
    rules = Array(repeating: [.none, .none], count: 4)
  }

  subscript(page page: Int) -> PageState {
    get { pages[page] }
    set { pages[page] = newValue }
  }
  subscript(coverage page: Int) -> Coverage {
    get { covers[page] }
    set { covers[page] = newValue }
  }
  func references(page: Int) -> Int { held[page] }
  subscript(rule master: MasterIndex, region: RegionIndex) -> Access {
    get { rules[Int(master.value)][Int(region.value)] }
    set { rules[Int(master.value)][Int(region.value)] = newValue }
  }
  func useCase(of region: RegionIndex) -> UseCase { region.value == 0 ? .secureVideo : .payment }
  var regionCount: UInt8 { 2 }
  var lendCount: Int { loans.count }
  subscript(lend slot: Int) -> Lend {
    get { loans[slot] }
    set { loans[slot] = newValue }
  }
}

let video = RegionIndex(0), payment = RegionIndex(1)
let codec = MasterIndex(1), teller = MasterIndex(2), scrubber = MasterIndex(3)

extension LendRequest {
  static func pages(_ pages: Range<Int>, cookie: UInt64) -> LendRequest {
    LendRequest(start: 0x8000_0000 + UInt64(pages.lowerBound) * 4096, length: UInt64(pages.count) * 4096, cookie: cookie, pages: pages)
  }
}

extension Bench: Equatable {}
