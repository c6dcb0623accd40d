import Memory
import Primitives

/// The memory that a machine of a board has: banks, what each region takes of them, what is left to the system. One law for whoever lists
/// a board and whoever makes a machine of it, so that what the one is silent about the other does not refuse.
struct MachineMemory: Sendable {
  let banks: [AddressRange<HostPhysicalAddress>]
  /// Of each region of the board; nil where there is no room for one.
  let places: [AddressRange<HostPhysicalAddress>?]
  /// What no region has, in whole pages and in the order of addresses.
  let free: [AddressRange<HostPhysicalAddress>]
  /// Whether the tree says how much memory there is. Where the boot loader is to write that, there is as much as the regions need.
  let isAssumed: Bool

  /// - Throws: what of the board no machine has, with its node and property.
  init(_ reading: BoardReading, _ places: [AddressRange<HostPhysicalAddress>?]) throws(BoardProblem) {
    isAssumed = reading.banks.isEmpty
    if isAssumed {
      if let bank = reading.lessThanAPage {
        throw Self.problem(bank, "\(bank.range) has no whole page of 4 KiB, and there is no other memory", expected: "memory of whole pages")
      }
      banks = [try Self.assumed(reading.regions)]
      self.places = Placement(banks: banks, regions: reading.regions).ranges
    } else {
      try Self.requireRoom(reading.places)
      (banks, self.places) = (reading.banks, places)
    }
    free = Self.unreserved(self.places.compactMap { $0 }, banks)
    guard free.isEmpty else { return }
    // The one that takes the most is the one to look at.
    let largest = zip(reading.regions, self.places).max { ($0.1?.length ?? 0) < ($1.1?.length ?? 0) }?.0
    throw BoardProblem(
      .noMachine, .remark, in: largest?.place ?? "/reserved-memory", largest?.property ?? "",
      "the regions leave nothing to the system, and this is the largest of them", expected: "a page of memory that no region has")
  }

  private static func requireRoom(_ banks: [BoardReading.Bank]) throws(BoardProblem) {
    var size: UInt64 = 0
    for bank in banks {
      if bank.range.end.rawValue > PhysicalMemory.addressLimit {
        throw problem(bank, "memory up to \(bank.range.end), which physical addresses do not reach", expected: "52 bits at most")
      }
      let (sum, overflow) = size.addingReportingOverflow(bank.range.length)
      size = overflow ? .max : sum
      if size > BoardMachine.mostMemory {
        throw problem(
          bank, "\(size) bytes of memory up to here; machines have \(BoardMachine.mostMemory)", expected: "4 TiB at most")
      }
    }
  }

  private static func problem(_ bank: BoardReading.Bank, _ message: String, expected: String) -> BoardProblem {
    BoardProblem(.noMachine, .remark, in: bank.path, bank.property, message, expected: expected)
  }

  /// From the lowest region to the highest, in whole GiB, and one more for the system; a GiB at zero for a tree without regions.
  private static func assumed(_ regions: [ReservedRegion]) throws(BoardProblem) -> AddressRange<HostPhysicalAddress> {
    let placed = regions.compactMap { region in region.range.map { (region, $0) } }, gibibyte: UInt64 = 1 << 30
    let start = (placed.map(\.1.start.rawValue).min() ?? 0) & ~(gibibyte - 1)
    let highest = placed.max { $0.1.end < $1.1.end }, end = highest?.1.end.rawValue ?? 0
    guard end - start <= BoardMachine.mostMemory, end <= PhysicalMemory.addressLimit - 2 * gibibyte,
      let bank = AddressRange(start: HostPhysicalAddress(start), length: (end - start + 2 * gibibyte - 1) & ~(gibibyte - 1))
    else {
      throw BoardProblem(
        .noMachine, .remark, in: highest?.0.place ?? "/", highest?.0.property ?? "",
        "the tree has no memory, and regions from \(hexadecimal(start)) to \(hexadecimal(end))", expected: "regions within 4 TiB, below 52 bits")
    }
    return bank
  }

  private static func unreserved(
    _ taken: [AddressRange<HostPhysicalAddress>], _ banks: [AddressRange<HostPhysicalAddress>]
  ) -> [AddressRange<HostPhysicalAddress>] {
    let taken = taken.sorted { ($0.start, $0.length) < ($1.start, $1.length) }
    return Gaps(in: banks, between: taken).ranges.compactMap { $0.wholePages }
  }
}

extension AddressRange where Space == HostPhysicalAddress {
  /// The pages of 4 KiB that lie in it as a whole; nil where there are none.
  var wholePages: Self? {
    let mask = PageSize.small.bytes - 1, (start, overflow) = start.rawValue.addingReportingOverflow(mask)
    let first = start & ~mask, end = self.end.rawValue & ~mask
    return !overflow && first < end ? AddressRange(start: HostPhysicalAddress(first), length: end - first) : nil
  }
}

extension ReservedRegion {
  /// The property that says where it is, or how large.
  var property: String {
    if path.isEmpty { return "" }
    if case .fixed = placement { return "reg" } else { return "size" }
  }
}
