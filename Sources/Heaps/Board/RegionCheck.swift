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

  var problems: [BoardProblem] { overlaps + outside }

  /// Every two that have a byte in common.
  private var overlaps: [BoardProblem] {
    var problems: [BoardProblem] = []
    for (position, one) in fixed.enumerated() {
      for other in fixed[(position + 1)...].prefix(while: { $0.range.start < one.range.end }) where problems.count < BoardReading.mostProblems {
        problems.append(overlap(one, other))
      }
    }
    return problems
  }

  /// Two nodes that want the same bytes are a conflict. `/memreserve/` says "not for the kernel", which a region may say again; but what is
  /// reserved cannot be unmapped any more (drivers/of/of_reserved_mem.c), nor lent out as a heap.
  private func overlap(_ one: Placed, _ other: Placed) -> BoardProblem {
    let (here, there) = other.region.kind == .reservation ? (one, other) : (other, one)
    let isHarmless = there.region.kind == .reservation && !here.region.noMap && !here.region.kind.isHeap
    let name = there.region.path.isEmpty ? "/memreserve/ \(there.range)" : there.region.path
    return BoardProblem(
      .overlap, isHarmless ? .remark : .conflict, in: here.region.place, here.region.path.isEmpty ? "" : "reg", "\(here.range) overlaps \(name)",
      expected: "regions of their own")
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
        .outsideMemory, isConflict ? .conflict : .remark, in: region.place, region.path.isEmpty ? "" : "reg",
        inside == 0 ? "\(range) is not in /memory" : "\(range) is only in part in /memory",
        expected: isConflict ? "a range inside a bank" : "memory of its own, or more than the tree knows of")
    }
  }
}
