import Heaps
import DeviceTrees
import Primitives
import Testing
import TreeBuilding

/// Thousands of damaged boards: whatever is left of them is read and held against itself, and nothing harms the process.
@Suite struct BoardFuzzing {
  private static func board() -> [UInt8] {
    typealias Node = TreeBuilder.Node
    let cells: [(String, TreeBuilder.Value)] = [("#address-cells", .cell(2)), ("#size-cells", .cell(2))]
    let regions = [
      Node(
        "video@82000000",
        [("compatible", .string("shared-dma-pool")), ("reg", .pairs(0x8200_0000, 0x100_0000)), ("reusable", .empty), ("phandle", .cell(1))]),
      Node("secure@84000000", [("compatible", .string("linaro,secure-heap")), ("reg", .pairs(0x8400_0000, 0x100_0000)), ("no-map", .empty)]),
      Node("tz@86000000", [("reg", .pairs(0x8600_0000, 0x100_0000, 0x8800_0000, 0x1000)), ("no-map", .empty)]),
      Node(
        "later",
        [
          ("compatible", .string("shared-dma-pool")), ("size", .pairs(0x10_0000)), ("alignment", .pairs(0x1_0000)),
          ("alloc-ranges", .pairs(0, 0xFFFF_FFFF)),
        ]),
    ]
    let root = Node(
      "", cells + [("model", .string("A board")), ("compatible", .text(["maker,board", "maker,chip"]))],
      [
        Node("memory@80000000", [("device_type", .string("memory")), ("reg", .pairs(0x8000_0000, 0x4000_0000))]),
        Node("reserved-memory", cells + [("ranges", .empty)], regions), Node("gpu", [("memory-region", .cell(1))]),
      ])
    return TreeBuilder(reservations: [(0x8000_0000, 0x1_0000)], root: root).bytes()
  }

  @Test(arguments: 0..<5 as Range<UInt64>) func damaged(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let original = Self.board()
    var read = 0, withConflicts = 0
    for _ in 0..<1500 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let at = Int.random(in: 40..<bytes.count, using: &random)
        bytes[at] = [0, 1, 2, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random) ?? 0
      }
      guard let tree = try? DeviceTree(bytes) else { continue }
      let board = BoardMemory(tree)
      read += 1
      withConflicts += board.conflicts > 0 ? 1 : 0
      #expect(board.map.allSatisfy { $0.range.length > 0 } && board.heaps[0].name == "system")
      #expect(board.problems.allSatisfy { !$0.place.isEmpty && !$0.message.isEmpty })
      if board.conflicts == 0 { #expect(Set(board.heaps.map(\.name)).count == board.heaps.count) }
    }
    #expect(read > 200 && withConflicts > 100, "\(read) were read, \(withConflicts) with conflicts: the test asks too little")
  }
}
