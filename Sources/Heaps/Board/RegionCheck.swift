import Primitives

/// Holds the regions of a board against each other and against its memory.
struct RegionCheck {
  private struct Placed {
    let region: ReservedRegion
    let range: AddressRange<HostPhysicalAddress>
  }

  private let banks: [AddressRange<HostPhysicalAddress>]
  private let regions: [ReservedRegion]
  /// The regions that have a place, in the order of addresses.
  private let fixed: [Placed]

  init(banks: [AddressRange<HostPhysicalAddress>], regions: [ReservedRegion]) {
    (self.banks, self.regions) = (banks, regions)
    var fixed: [Placed] = []
    for region in regions { if let range = region.range { fixed.append(Placed(region: region, range: range)) } }
    self.fixed = fixed
  }

  var problems: [BoardProblem] { overlaps + outside + unplaceable }

  /// Each region against the one before it that reaches furthest.
  ///
  /// Two nodes that want the same bytes are a conflict. `/memreserve/` says "not for the kernel", which a region may say again; but what
  /// is reserved cannot be unmapped any more (drivers/of/of_reserved_mem.c), nor lent out as a heap.
  private var overlaps: [BoardProblem] {
    var problems: [BoardProblem] = [], furthest: Placed?
    for here in fixed {
      if let before = furthest, before.range.overlaps(here.range) {
        let (one, other) = here.region.kind == .reservation ? (before.region, here.region) : (here.region, before.region)
        let isHarmless = other.kind == .reservation && !one.noMap && !one.kind.isHeap
        let name = other.path.isEmpty ? "/memreserve/ \(other.range ?? here.range)" : other.path
        problems.append(
          BoardProblem(
            .overlap, isHarmless ? .remark : .conflict, in: one.path.isEmpty ? "/memreserve/" : one.path, one.path.isEmpty ? "" : "reg",
            "\(one.range ?? here.range) overlaps \(name)", expected: "regions of their own"))
      }
      if furthest.map({ $0.range.end < here.range.end }) ?? true { furthest = here }
    }
    return problems
  }

  /// A heap has to be memory. Anything else may be memory of its own, as a display's, or memory that the boot loader finds: boards come
  /// with the least that is ever built in. But no region is half in memory and half outside.
  private var outside: [BoardProblem] {
    guard !banks.isEmpty else { return [] }
    return fixed.compactMap { placed in
      let (region, range) = (placed.region, placed.range)
      let inside = banks.reduce(0 as UInt64) { sum, bank in
        let start = max(bank.start, range.start), end = min(bank.end, range.end)
        return start < end ? sum + (end.rawValue - start.rawValue) : sum
      }
      guard inside < range.length else { return nil }
      let isConflict = inside > 0 || region.kind.isHeap
      return BoardProblem(
        .outsideMemory, isConflict ? .conflict : .remark, in: region.path.isEmpty ? "/memreserve/" : region.path, region.path.isEmpty ? "" : "reg",
        inside == 0 ? "\(range) is not in /memory" : "\(range) is only in part in /memory",
        expected: isConflict ? "a range inside a bank" : "memory of its own, or more than the tree knows of")
    }
  }

  /// Regions that the kernel is to place, and cannot. Each is asked for by itself.
  private var unplaceable: [BoardProblem] {
    guard !banks.isEmpty else { return [] }
    return regions.compactMap { region in
      guard case .dynamic(let size, let alignment, let within) = region.placement else { return nil }
      let room = banks.flatMap { bank in
        within.isEmpty
          ? [(bank.start.rawValue, bank.end.rawValue)]
          : within.map { (max(bank.start.rawValue, $0.start.rawValue), min(bank.end.rawValue, $0.end.rawValue)) }
      }
      guard !room.contains(where: { hasRoom(size, alignment, from: $0.0, to: $0.1) }) else { return nil }
      return BoardProblem(
        .noRoom, in: region.path, "size", "no \(hexadecimal(size)) free bytes at a multiple of \(hexadecimal(alignment))",
        expected: within.isEmpty ? "a gap in memory" : "a gap in memory inside 'alloc-ranges'")
    }
  }

  /// Goes from gap to gap.
  private func hasRoom(_ size: UInt64, _ alignment: UInt64, from start: UInt64, to end: UInt64) -> Bool {
    var start = start
    for range in fixed.lazy.map(\.range) where range.end.rawValue > start && range.start.rawValue < end {
      if fits(size, alignment, start, range.start.rawValue) { return true }
      start = max(start, range.end.rawValue)
    }
    return fits(size, alignment, start, end)
  }

  private func fits(_ size: UInt64, _ alignment: UInt64, _ start: UInt64, _ end: UInt64) -> Bool {
    let (padded, overflow) = start.addingReportingOverflow(alignment - 1)
    let aligned = padded & ~(alignment - 1)
    return !overflow && aligned <= end && size <= end - aligned
  }
}
