import DeviceTrees
import Primitives

/// Reads one child of `/reserved-memory`.
struct RegionReader {
  private let node: DeviceTreeNode
  private let compatible: [String]
  private let noMap: Bool
  private let reusable: Bool
  private let isDefault: Bool

  init(_ node: DeviceTreeNode) throws(DeviceTreeError) {
    self.node = node
    compatible = try node.compatible()
    noMap = node["no-map"] != nil
    reusable = node["reusable"] != nil
    isDefault = node["linux,cma-default"] != nil
  }

  private var kind: ReservedRegion.Kind {
    if compatible.contains("linaro,secure-heap") { return .secureHeap }
    if compatible.contains("restricted-dma-pool") { return .bouncePool }
    if compatible.contains("linux,cma") { return .contiguous }
    if compatible.contains("shared-dma-pool") { return reusable && !noMap ? .contiguous : .coherentPool }
    return noMap ? .carveOut : .driver
  }

  /// One for each range of `reg`; one that the kernel places if there is only a `size`.
  func read() throws(DeviceTreeError) -> (regions: [ReservedRegion], problems: [BoardProblem]) {
    var problems = contradictions
    if let ranges = try node.ranges() {
      if ranges.isEmpty { problems.append(BoardProblem(.zeroSize, in: node.path, "reg", "an empty place", expected: "an address and a length")) }
      let places = ranges.filter { range in
        // The secure heap refuses a region at address zero, too, since to it that means "none".
        if range.length == 0 || (kind == .secureHeap && range.start.rawValue == 0) {
          let what = range.length == 0 ? "no bytes at \(range.start)" : "a secure heap at address zero"
          problems.append(BoardProblem(.zeroSize, in: node.path, "reg", what, expected: "an address and a length above zero"))
          return false
        }
        problems += misalignment("reg", range.start.rawValue | range.length)
        return true
      }
      return (places.enumerated().map { region(.fixed($1), at: $0) }, problems)
    }
    guard let property = node["size"] else {
      problems.append(
        BoardProblem(.noPlace, in: node.path, "neither a place nor a size", expected: "'reg', or 'size' for the kernel to choose a place"))
      return ([], problems)
    }
    let size = try property.number(), alignment = try node["alignment"]?.number() ?? PageSize.small.bytes
    problems += try wrongWidths
    guard size > 0 else {
      problems.append(BoardProblem(.zeroSize, in: node.path, "size", "no bytes", expected: "a length above zero"))
      return ([], problems)
    }
    guard alignment.nonzeroBitCount == 1 else {
      problems.append(BoardProblem(.misaligned, in: node.path, "alignment", "\(hexadecimal(alignment)) is no alignment", expected: "a power of two"))
      return ([], problems)
    }
    problems += misalignment("size", size)
    let within = try node.ranges("alloc-ranges") ?? []
    let least = kind == .contiguous ? Self.pageBlock : PageSize.small.bytes
    return ([region(.dynamic(size: size, alignment: max(alignment, least), within: within), at: 0)], problems)
  }

  private func region(_ placement: ReservedRegion.Placement, at position: Int) -> ReservedRegion {
    ReservedRegion(
      kind: kind, placement: placement, name: node.name, path: node.path, compatible: compatible, position: position,
      phandle: (try? (node["phandle"] ?? node["linux,phandle"])?.word()) ?? nil, noMap: noMap, reusable: reusable,
      isDefault: isDefault && kind == .contiguous)
  }

  /// What contiguous memory is lent out and taken back in: CMA_MIN_ALIGNMENT_BYTES with pages of 4 KiB and huge pages, as kernels for
  /// arm64 and x86 are usually configured. The kernel raises the alignment of what it places to that, and refuses a place that has less.
  private static let pageBlock = PageSize.large.bytes

  private func misalignment(_ property: String, _ bits: UInt64) -> [BoardProblem] {
    if kind.isHeap, bits & (PageSize.small.bytes - 1) != 0 {
      return [BoardProblem(.misaligned, in: node.path, property, "a heap that is not made of pages", expected: "multiples of 4 KiB")]
    }
    if kind == .contiguous, bits & (Self.pageBlock - 1) != 0 {
      return [
        BoardProblem(
          .misaligned, .remark, in: node.path, property, "not of whole page blocks: a kernel that has blocks of 2 MiB makes no heap of it",
          expected: "multiples of 2 MiB")
      ]
    }
    return []
  }

  /// A `size` as wide as the root's lengths, an `alignment` as wide as its addresses or, in kernels since 2025, its lengths; another
  /// width, and Linux drops the region. drivers/of/of_reserved_mem.c, __reserved_mem_alloc_size.
  private var wrongWidths: [BoardProblem] {
    get throws(DeviceTreeError) {
      guard let cells = try node.parent?.cells() else { return [] }
      let widths = [("size", [cells.size]), ("alignment", [cells.address, cells.size])]
      return widths.compactMap { name, counts in
        guard let property = node[name], !counts.contains(where: { $0 * 4 == property.bytes.count }) else { return nil }
        return BoardProblem(
          .malformed, in: node.path, name, "a value of \(property.bytes.count) bytes, so that Linux drops the region",
          expected: "\((counts.first ?? 1) * 4), as the root counts cells")
      }
    }
  }

  /// Flags that exclude each other. Sources: reserved-memory.yaml; kernel/dma/contiguous.c and kernel/dma/swiotlb.c, which refuse them.
  private var contradictions: [BoardProblem] {
    if reusable, noMap {
      return [
        BoardProblem(
          .contradiction, in: node.path, "reusable", "'reusable' and 'no-map': what is never mapped cannot be lent", expected: "one of them")
      ]
    }
    if kind == .bouncePool, reusable || noMap {
      return [
        BoardProblem(
          .contradiction, in: node.path, reusable ? "reusable" : "no-map", "the CPU copies through a restricted-dma-pool", expected: "no such flag")
      ]
    }
    return []
  }
}
