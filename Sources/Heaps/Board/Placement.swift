import Primitives

/// Where the kernel would put the regions that the tree gives a size and no place: one after the other, in the order of the tree, from the
/// top down, as memblock does (mm/memblock.c). A kernel that has reserved more by then, for itself, puts them lower; whether there is room
/// at all is the same.
struct Placement {
  /// For each region of the board, where it lies or would lie; nil where there is no room, or no memory to look at.
  private(set) var ranges: [AddressRange<HostPhysicalAddress>?]
  private(set) var problems: [BoardProblem] = []

  init(banks: [AddressRange<HostPhysicalAddress>], regions: [ReservedRegion]) {
    ranges = regions.map(\.range)
    guard !banks.isEmpty else { return }
    // Those with a place come first, in the order of addresses.
    var gaps = Gaps(in: banks, between: ranges.compactMap { $0 })
    for (index, region) in regions.enumerated() {
      guard case .dynamic(let size, let alignment, let within) = region.placement else { continue }
      ranges[index] = gaps.place(size, alignedTo: alignment, within: within)
      guard ranges[index] == nil else { continue }
      problems.append(
        BoardProblem(
          .noRoom, in: region.path, "size", "no \(hexadecimal(size)) free bytes at a multiple of \(hexadecimal(alignment))",
          expected: within.isEmpty ? "a gap in memory" : "a gap in memory inside 'alloc-ranges'"))
    }
  }
}
