import Memory
import Primitives
import Restriction

/// The secure world's books and the firewall's tables of a machine. A `RestrictedStage` on memory of its own. A
/// copy is another name for that memory, so only the secure world has one.
struct Books: RestrictedStage {
  var law: RestrictedLaw
  let minimumLend: UInt64
  let lendCount: Int
  private let ledger: PageLedger
  /// Importers that hold a page beyond its buffer's handles.
  var pins = PageCounts()
  private var rules: [Access]
  private var loans: [Lend]
  private let uses: [UseCase]
  private let banks: [(first: UInt64, end: UInt64, index: Int)]

  /// The firewall has room for so many regions and masters. A TZC-400 has 8 and 16, and boards have several of them, or one for each device.
  static let mostRegions = PageLedger.mostRegions, mostMasters = 64

  /// - Throws: `.exhausted`.
  init(_ memory: PhysicalMemory, uses: [UseCase], loans: Int, minimumLend: UInt64, law: RestrictedLaw) throws(HeapError) {
    var banks: [(first: UInt64, end: UInt64, index: Int)] = [], count = 0
    for bank in memory.banks {
      banks.append((bank.range.start.rawValue >> pageShift, bank.range.end.rawValue >> pageShift, count))
      count += Int(bank.range.length >> pageShift)
    }
    (self.banks, self.uses, self.law, self.minimumLend, lendCount) = (banks, uses, law, minimumLend, loans)
    ledger = try PageLedger(pages: count)
    rules = Array(repeating: .none, count: Self.mostRegions * Self.mostMasters)
    self.loans = Array(repeating: .none, count: loans)
  }

  /// The pages of a range, by their numbers in the books. Nil where it is not RAM of one bank; parts of pages count whole.
  @inline(__always) func pages(of range: AddressRange<HostPhysicalAddress>) -> Range<Int>? {
    let first = range.start.rawValue >> pageShift
    let end = (range.end.rawValue >> pageShift) + (range.end.isAligned(to: .small) ? 0 : 1)
    for bank in banks where bank.first <= first && end <= bank.end {
      return bank.index + Int(first - bank.first)..<bank.index + Int(end - bank.first)
    }
    return nil
  }

  subscript(page page: Int) -> PageState {
    @inline(__always) get { ledger[state: page] }
    @inline(__always) nonmutating set { ledger[state: page] = newValue }
  }
  subscript(coverage page: Int) -> Coverage {
    @inline(__always) get { ledger[coverage: page] }
    @inline(__always) nonmutating set { ledger[coverage: page] = newValue }
  }
  @inline(__always) func references(page: Int) -> Int { pins.isEmpty ? 0 : pins[page] }
  @inline(__always) func endOfAlike(from page: Int, to limit: Int) -> Int {
    let end = ledger.endOfAlike(from: page, to: limit)
    return pins.isEmpty ? end : pins.endOfAlike(from: page, to: end)
  }
  @inline(__always) nonmutating func record(_ pages: Range<Int>, _ state: PageState) { ledger.record(pages, state) }
  @inline(__always) nonmutating func enforce(_ pages: Range<Int>, _ coverage: Coverage) { ledger.enforce(pages, coverage) }
  subscript(rule master: MasterIndex, region: RegionIndex) -> Access {
    get { rules[Int(master.value) * Self.mostRegions + Int(region.value)] }
    set { rules[Int(master.value) * Self.mostRegions + Int(region.value)] = newValue }
  }
  func useCase(of region: RegionIndex) -> UseCase { uses[Int(region.value)] }
  var regionCount: UInt8 { UInt8(uses.count) }
  subscript(lend slot: Int) -> Lend {
    get { loans[slot] }
    set { loans[slot] = newValue }
  }
}
