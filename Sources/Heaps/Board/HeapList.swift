import Primitives

/// The heaps that a kernel makes of a board's regions, and what about them cannot be.
struct HeapList {
  private(set) var heaps = [BoardHeap(name: HeapName.system, kind: .system, region: nil)]
  private(set) var problems: [BoardProblem] = []

  /// The secure heap of 2022 has room for two.
  private static let mostSecureHeaps = 2

  init(_ regions: [ReservedRegion]) {
    var secure = 0
    for (index, region) in regions.enumerated() where region.kind.isHeap {
      // A node with several ranges is one heap, of the first.
      guard region.position == 0 else {
        problems.append(BoardProblem(.ignored, .remark, in: region.path, "reg", "a heap has one range, and this is a further one"))
        continue
      }
      switch region.kind {
      case .secureHeap:
        secure += 1
        guard secure <= Self.mostSecureHeaps else {
          problems.append(BoardProblem(.refusedHeap, in: region.path, "compatible", "secure heap number \(secure)", expected: "two of them at most"))
          continue
        }
        let name = HeapName.secure(region)
        if name.count == HeapName.longestSecure, region.name.prefix(while: { $0 != "@" }).count > name.count {
          problems.append(BoardProblem(.renamed, .remark, in: region.path, "the heap's name is cut to \(name.count) characters"))
        }
        add(BoardHeap(name: name, kind: .restricted, region: index), regions)
      default:
        let name = HeapName.contiguous(region)
        if name != region.name, !region.isDefault, !name.hasPrefix(region.name) {
          problems.append(BoardProblem(.renamed, .remark, in: region.path, "a heap's name says nothing of its allocator: it is '\(name)' here"))
        }
        add(BoardHeap(name: name, kind: .contiguous, region: index), regions)
      }
    }
  }

  private mutating func add(_ heap: BoardHeap, _ regions: [ReservedRegion]) {
    if let other = heaps.first(where: { $0.name == heap.name }) {
      problems.append(
        BoardProblem(
          .sameName, in: heap.region.map { regions[$0].path } ?? "/",
          "a second heap '\(heap.name)', after that of \(other.region.map { regions[$0].path } ?? "the kernel")",
          expected: "a name of its own"))
    }
    heaps.append(heap)
  }
}
