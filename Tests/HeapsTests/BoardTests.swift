import Heaps
import DeviceTrees
import Primitives
import Testing
import TreeBuilding

@Suite struct BoardTests {
  typealias Node = TreeBuilder.Node

  /// 1 GiB at 2 GiB, and whatever is reserved of it.
  private func board(
    _ regions: [Node], memory: [Node]? = nil, others: [Node] = [], reservations: [(UInt64, UInt64)] = [], ranges: TreeBuilder.Value? = .empty
  ) throws -> BoardMemory {
    let cells: [(String, TreeBuilder.Value)] = [("#address-cells", .cell(2)), ("#size-cells", .cell(2))]
    let memory = memory ?? [Node("memory@80000000", [("device_type", .string("memory")), ("reg", .pairs(0x8000_0000, 0x4000_0000))])]
    let reserved = Node("reserved-memory", cells + (ranges.map { [("ranges", $0)] } ?? []), regions)
    let tree = TreeBuilder(reservations: reservations, root: Node("", cells, memory + [reserved] + others))
    return BoardMemory(try DeviceTree(tree.bytes()))
  }

  private func pool(_ name: String, _ start: UInt64, _ size: UInt64 = 0x100_0000, _ more: [(String, TreeBuilder.Value)] = [("reusable", .empty)])
    -> Node
  {
    Node(name, [("compatible", .string("shared-dma-pool")), ("reg", .pairs(start, size))] + more)
  }

  private func secure(_ name: String, _ start: UInt64, _ size: UInt64 = 0x100_0000) -> Node {
    Node(name, [("compatible", .string("linaro,secure-heap")), ("reg", .pairs(start, size)), ("no-map", .empty)])
  }

  /// The names that the kernel's naming convention calls good, and what becomes of those that it calls bad.
  @Test(arguments: [
    ("video@82000000", "video@82000000"), ("memory@82000000", "memory@82000000-contiguous"), ("cma-video", "video@82000000"),
    ("linux,cma", "memory@82000000-contiguous"), ("framebuffer", "framebuffer"), ("linux,cma@82000000", "memory@82000000-contiguous"),
  ])
  func namesOfContiguousHeaps(_ node: String, _ name: String) throws {
    let board = try board([pool(node, 0x8200_0000)])
    #expect(board.heaps.map(\.name) == ["system", name] && board.heaps[1].kind == .contiguous && board.conflicts == 0)
  }

  @Test func theDefaultHasANameOfItsOwn() throws {
    let board = try board([pool("linux,cma", 0x8200_0000, 0x100_0000, [("reusable", .empty), ("linux,cma-default", .empty)])])
    #expect(board.heaps.map(\.name) == ["system", "default_cma_region"] && board.problems.isEmpty)
  }

  @Test func kinds() throws {
    let board = try board(
      [
        pool("a@80000000", 0x8000_0000), pool("b@81000000", 0x8100_0000, 0x1000, [("no-map", .empty)]), pool("c@82000000", 0x8200_0000, 0x1000, []),
        Node("d@83000000", [("compatible", .string("restricted-dma-pool")), ("reg", .pairs(0x8300_0000, 0x1000))]), secure("e@84000000", 0x8400_0000),
        Node("f@85000000", [("reg", .pairs(0x8500_0000, 0x1000)), ("no-map", .empty)]),
        Node("g@86000000", [("compatible", .string("maker,log")), ("reg", .pairs(0x8600_0000, 0x1000))]),
        Node("h@87000000", [("compatible", .string("linux,cma")), ("reg", .pairs(0x8700_0000, 0x20_0000))]),
        Node("off@88000000", [("status", .string("disabled")), ("reg", .pairs(0x8800_0000, 0x1000))]),
      ], reservations: [(0x9000_0000, 0x1000)])
    #expect(
      board.regions.map(\.kind) == [
        .contiguous, .coherentPool, .coherentPool, .bouncePool, .secureHeap, .carveOut, .driver, .contiguous, .reservation,
      ])
    #expect(board.heaps.map(\.name) == ["system", "a@80000000", "e", "h@87000000"] && board.heaps[2].kind == .restricted)
    #expect(board.problems.map(\.code) == [.disabled])
    #expect(board.freeSize == 0x4000_0000 - 2 * 0x100_0000 - 0x20_0000 - 6 * 0x1000)
  }

  /// Rules of the secure heap of 2022.
  @Test func secureHeaps() throws {
    let long = "a-name-of-forty-characters-which-is-cut-1"
    let board = try board([secure("secure@81000000", 0x8100_0000), secure("\(long)@83000000", 0x8300_0000), secure("third@85000000", 0x8500_0000)])
    #expect(board.heaps.map(\.name) == ["system", "secure", String(long.prefix(31))])
    #expect(board.problems.map(\.code) == [.refusedHeap, .renamed] && board.problems[0].path == "/reserved-memory/third@85000000")
    let zero = try self.board([secure("none@0", 0), secure("empty@81000000", 0x8100_0000, 0)], memory: [])
    #expect(zero.problems.prefix(2).map(\.code) == [.zeroSize, .zeroSize] && zero.heaps.count == 1)
  }

  @Test func aHeapOfTheRegionThatALinuxCMANodeNames() throws {
    let region = pool("video@82000000", 0x8200_0000, 0x100_0000, [("reusable", .empty), ("phandle", .cell(1))])
    let carveOut = Node("tz@84000000", [("reg", .pairs(0x8400_0000, 0x1000)), ("no-map", .empty), ("phandle", .cell(2))])
    func heap(_ phandle: UInt32) -> Node { Node("cma-heap", [("compatible", .string("linux,cma")), ("memory-region", .cell(phandle))]) }
    let good = try board([region, carveOut], others: [heap(1)])
    #expect(good.heaps.map(\.name) == ["system", "video@82000000"] && good.regions[0].users == ["/cma-heap"] && good.conflicts == 0)
    let bad = try board([region, carveOut], others: [heap(2)])
    #expect(bad.problems.map(\.code) == [.contradiction] && bad.problems[0].place == "/cma-heap, property 'memory-region'")
    #expect(try board([region, carveOut], others: [heap(3)]).problems.map(\.code) == [.malformed])
  }

  /// What cannot be, where, and that it is said of the right node.
  @Test func conflicts() throws {
    func one(_ regions: [Node], reservations: [(UInt64, UInt64)] = [], ranges: TreeBuilder.Value? = .empty) throws -> [String] {
      try board(regions, reservations: reservations, ranges: ranges).problems.filter { $0.severity == .conflict }.map {
        "\($0.code.rawValue) \($0.place)"
      }
    }
    let noMap: [(String, TreeBuilder.Value)] = [("no-map", .empty)]
    #expect(try one([pool("a", 0x8000_0000), pool("b", 0x80FF_F000)]) == ["overlap /reserved-memory/b, property 'reg'"])
    #expect(try one([pool("a", 0x8000_0000, 0x1000, noMap)], reservations: [(0x8000_0000, 0x1000)]) == ["overlap /reserved-memory/a, property 'reg'"])
    #expect(try one([pool("a", 0x8000_0000, 0x1000, [])], reservations: [(0x8000_0000, 0x1000)]).isEmpty)
    #expect(try one([pool("a", 0x4000_0000)]) == ["outside-memory /reserved-memory/a, property 'reg'"])
    #expect(try one([pool("a", 0x4000_0000, 0x1000, noMap)]).isEmpty)
    #expect(try one([pool("a", 0xBFFF_F000, 0x2000, noMap)]) == ["outside-memory /reserved-memory/a, property 'reg'"])
    #expect(try one([pool("a", 0x8000_0000, 0)]) == ["zero-size /reserved-memory/a, property 'reg'"])
    #expect(try one([pool("a", 0x8000_0800)]) == ["misaligned /reserved-memory/a, property 'reg'"])
    #expect(try one([Node("a")]) == ["no-place /reserved-memory/a"])
    #expect(try one([Node("a", [("reg", .cells([1, 2, 3]))])]) == ["malformed /reserved-memory/a, property 'reg'"])
    #expect(try one([Node("a", [("reg", .pairs(.max, 2))])]) == ["malformed /reserved-memory/a, property 'reg'"])
    #expect(try one([pool("a", 0x8000_0000, 0x1000, noMap + [("reusable", .empty)])]) == ["contradiction /reserved-memory/a, property 'reusable'"])
    #expect(try one([pool("cma-v@80000000", 0x8000_0000), pool("v@80000000", 0x9000_0000)]) == ["same-name /reserved-memory/v@80000000"])
    #expect(try one([pool("system", 0x8000_0000)]) == ["same-name /reserved-memory/system"])
    #expect(try one([], reservations: [(0x8000_0000, 0)]) == ["zero-size /memreserve/ at byte 0x28"])
    #expect(try one([], reservations: [(.max, 2)]) == ["malformed /memreserve/ at byte 0x28"])
    #expect(try one([], ranges: nil) == ["malformed /reserved-memory, property 'ranges'"])
  }

  @Test func regionsThatTheKernelPlaces() throws {
    func dynamic(_ properties: (String, TreeBuilder.Value)...) throws -> [BoardProblem.Code] {
      let full = Node("full@80000000", [("reg", .pairs(0x8000_0000, 0x3FE0_0000)), ("no-map", .empty)])
      return try board([full, Node("d", [("compatible", .string("shared-dma-pool")), ("reusable", .empty)] + properties)]).problems.map(\.code)
        // Where it takes all that is left, no machine can be made; that is another matter.
        .filter { $0 != .noMachine }
    }
    #expect(try dynamic(("size", .pairs(0x20_0000))) == [])
    #expect(try dynamic(("size", .pairs(0x40_0000))) == [.noRoom])
    #expect(try dynamic(("size", .pairs(0x20_0000)), ("alignment", .pairs(0x10_0000))) == [])
    #expect(try dynamic(("size", .pairs(0x20_0000)), ("alignment", .pairs(0x40_0000))) == [.noRoom])
    #expect(try dynamic(("size", .pairs(0x20_0000)), ("alloc-ranges", .pairs(0x8000_0000, 0x1000_0000))) == [.noRoom])
    #expect(try dynamic(("size", .pairs(0x20_0000)), ("alloc-ranges", .pairs(0xB000_0000, 0x1000_0000))) == [])
    #expect(try dynamic(("size", .pairs(0x20_0000)), ("alignment", .cell(0x10))) == [.malformed])
    // Below a page block: no heap, where blocks are as large as usual.
    #expect(try dynamic(("size", .pairs(0x1000))) == [.misaligned])
    #expect(try dynamic(("size", .pairs(0x1000)), ("alignment", .pairs(0x3000))) == [.misaligned])
    #expect(try dynamic(("size", .pairs(0))) == [.zeroSize])
    #expect(try dynamic(("size", .raw([1, 2]))) == [.malformed])
    #expect(try dynamic(("size", .pairs(.max << 12)), ("alignment", .pairs(1 << 63))) == [.noRoom, .misaligned])
  }

  @Test func memory() throws {
    func node(_ name: String, _ properties: [(String, TreeBuilder.Value)]) -> Node { Node(name, properties) }
    let type: [(String, TreeBuilder.Value)] = [("device_type", .string("memory"))]
    let two = try board([], memory: [node("memory@90000000", type + [("reg", .pairs(0x9000_0000, 0x1000, 0x8000_0000, 0x1000))])])
    #expect(two.banks.map(\.start.rawValue) == [0x8000_0000, 0x9000_0000] && two.size == 0x2000 && two.map.count == 2)
    let overlapping = try board([], memory: [node("memory@0", type + [("reg", .pairs(0, 0x2000, 0x1000, 0x1000))])])
    #expect(overlapping.problems.map(\.code) == [.overlap])
    let usable = try board([], memory: [node("memory@0", type + [("reg", .pairs(0, 0x2000)), ("linux,usable-memory", .pairs(0, 0x1000))])])
    #expect(usable.size == 0x1000)
    #expect(try board([], memory: [node("memory", [("reg", .pairs(0, 0x2000))])]).problems.map(\.code) == [.ignored, .noMemory])
    #expect(try board([], memory: [node("memory", type)]).problems.map(\.code) == [.noPlace, .noMemory])
    let off = try board([], memory: [node("memory@0", type + [("reg", .pairs(0, 0x1000)), ("status", .string("fail"))])])
    #expect(off.banks.isEmpty && off.problems.map(\.code) == [.disabled, .noMemory])
  }

  /// What the kernel places takes its room from what it places next.
  @Test func twoThatHaveRoomForOne() throws {
    func later(_ name: String) -> Node { Node(name, [("compatible", .string("shared-dma-pool")), ("size", .pairs(0x2580_0000))]) }
    let board = try board([later("a"), later("b")])
    #expect(board.problems.map(\.code) == [.noRoom] && board.problems[0].path == "/reserved-memory/b")
  }

  /// Without the node, too, reservations are in the order of addresses, whatever the order of their entries.
  @Test func reservationsAlone() throws {
    let cells: [(String, TreeBuilder.Value)] = [("#address-cells", .cell(2)), ("#size-cells", .cell(2))]
    let memory = Node("memory@80000000", [("device_type", .string("memory")), ("reg", .pairs(0x8000_0000, 0x4000_0000))])
    let tree = TreeBuilder(reservations: [(0x9000_0000, 0x1000), (0x8000_0000, 0x1000)], root: Node("", cells, [memory]))
    let board = BoardMemory(try DeviceTree(tree.bytes()))
    #expect(board.problems.isEmpty && board.regions.compactMap(\.range?.start.rawValue) == [0x8000_0000, 0x9000_0000])
    #expect(board.freeSize == 0x4000_0000 - 0x2000)
    // An entry of no bytes is the end for Linux: what stands behind it is not reserved.
    let short = TreeBuilder(reservations: [(0x8000_0000, 0), (0x9000_0000, 0x1000)], root: Node("", cells, [memory]))
    #expect(BoardMemory(try DeviceTree(short.bytes())).regions.isEmpty)
  }

  /// Linux looks at none of it where cells are counted otherwise than at the root, or not at all.
  @Test(arguments: [(nil, 2), (2, nil), (1, 2), (2, 1)] as [(UInt32?, UInt32?)])
  func aNodeThatLinuxIgnores(address: UInt32?, size: UInt32?) throws {
    let cells: [(String, TreeBuilder.Value)] = [("#address-cells", .cell(2)), ("#size-cells", .cell(2))]
    let own = [("#address-cells", address), ("#size-cells", size)].compactMap { name, count in count.map { (name, TreeBuilder.Value.cell($0)) } }
    let reserved = Node("reserved-memory", own + [("ranges", .empty)], [pool("a", 0x8200_0000)])
    let memory = Node("memory@80000000", [("device_type", .string("memory")), ("reg", .pairs(0x8000_0000, 0x4000_0000))])
    let board = BoardMemory(try DeviceTree(TreeBuilder(root: Node("", cells, [memory, reserved])).bytes()))
    #expect(board.problems.map(\.code) == [.malformed] && board.conflicts == 1 && board.regions.isEmpty && board.heaps.count == 1)
  }

  /// A heap is made of the first range of `reg`, wherever that lies.
  @Test func theFirstRangeIsTheHeap() throws {
    let region = Node(
      "v", [("compatible", .string("shared-dma-pool")), ("reusable", .empty), ("reg", .pairs(0x9000_0000, 0x20_0000, 0x8200_0000, 0x20_0000))])
    let board = try board([region])
    #expect(board.heaps.count == 2 && board.heaps[1].region.map { board.regions[$0].range?.start.rawValue } == 0x9000_0000)
    #expect(board.problems.map(\.code) == [.ignored])
  }

  /// A reservation around two regions that want the same bytes does not hide that.
  @Test func everyTwoAreCompared() throws {
    let driver = [pool("a", 0x8100_0000, 0x2000, []), pool("b", 0x8100_1000, 0x2000, [])]
    let problems = try board(driver, reservations: [(0x8100_0000, 0x10_0000)]).problems
    #expect(problems.map(\.severity) == [.conflict, .remark, .remark] && problems[0].path == "/reserved-memory/b")
  }

  /// All of the address space, more than once: sums of lengths stay numbers.
  @Test func memoryTwice() throws {
    let all = UInt64.max & ~0xFFF
    let board = try board(
      [pool("a", 0, all)], memory: [Node("memory@0", [("device_type", .string("memory")), ("reg", .pairs(0, all, 0, all, 0x1000, all - 0x1000))])])
    #expect(board.size == all && board.freeSize == 0 && board.problems.map(\.code) == [.overlap, .overlap, .misaligned, .noMachine])
  }

  /// More regions than any board has are a conflict, and not an hour of work.
  @Test func tooMany() throws {
    let board = try board((0..<1500).map { Node("r@\($0)", [("reg", .pairs(0x8000_0000 + UInt64($0) << 12, 0x1000))]) })
    #expect(board.regions.count == 256 && board.problems.map(\.code) == [.tooMany])
  }
}
