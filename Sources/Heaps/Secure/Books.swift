import Memory
import Primitives
import Restriction

/// The secure world's books and the firewall's tables of a machine: a `RestrictedStage` in arrays, a few bytes for each page of RAM.
public struct Books: RestrictedStage, Sendable {
  public internal(set) var law: RestrictedLaw
  public let minimumLend: UInt64
  public let lendCount: Int
  var states: [PageState]
  var covers: [Coverage]
  /// Importers that hold a page beyond its buffer's handles. Sparse: hardly any page has one.
  var pins: [Int: Int] = [:]
  private var rules: [Access]
  private var loans: [Lend]
  private let uses: [UseCase]
  private let banks: [(first: UInt64, end: UInt64, index: Int)]

  /// The firewall has room for so many regions and masters (a TZC-400 has 8 regions; 16 masters are the table's size).
  public static let mostRegions = 8, mostMasters = 16

  init(_ memory: PhysicalMemory, uses: [UseCase], loans: Int, minimumLend: UInt64, law: RestrictedLaw) {
    var banks: [(first: UInt64, end: UInt64, index: Int)] = [], count = 0
    for bank in memory.banks {
      banks.append((bank.range.start.rawValue >> pageShift, bank.range.end.rawValue >> pageShift, count))
      count += Int(bank.range.length >> pageShift)
    }
    (self.banks, self.uses, self.law, self.minimumLend, lendCount) = (banks, uses, law, minimumLend, loans)
    states = Array(repeating: .ordinary, count: count)
    covers = Array(repeating: .open, count: count)
    rules = Array(repeating: .none, count: Self.mostRegions * Self.mostMasters)
    self.loans = Array(repeating: .none, count: loans)
  }

  /// The pages of a range, by their numbers in the books. Nil where it is not RAM of one bank; parts of pages count whole.
  @inline(__always) public func pages(of range: AddressRange<HostPhysicalAddress>) -> Range<Int>? {
    let first = range.start.rawValue >> pageShift
    let end = (range.end.rawValue >> pageShift) + (range.end.isAligned(to: .small) ? 0 : 1)
    for bank in banks where bank.first <= first && end <= bank.end {
      return bank.index + Int(first - bank.first)..<bank.index + Int(end - bank.first)
    }
    return nil
  }

  public subscript(page page: Int) -> PageState {
    get { states[page] }
    set { states[page] = newValue }
  }
  public subscript(coverage page: Int) -> Coverage {
    get { covers[page] }
    set { covers[page] = newValue }
  }
  public func references(page: Int) -> Int { pins.isEmpty ? 0 : pins[page] ?? 0 }
  public subscript(rule master: MasterIndex, region: RegionIndex) -> Access {
    get { rules[Int(master.value) * Self.mostRegions + Int(region.value)] }
    set { rules[Int(master.value) * Self.mostRegions + Int(region.value)] = newValue }
  }
  public func useCase(of region: RegionIndex) -> UseCase { uses[Int(region.value)] }
  public var regionCount: UInt8 { UInt8(uses.count) }
  public subscript(lend slot: Int) -> Lend {
    get { loans[slot] }
    set { loans[slot] = newValue }
  }
}
