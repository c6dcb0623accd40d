import DeviceTrees
import Heaps
import Primitives
import Restriction
import Testing
import TreeBuilding

/// Heaps made from a tree: those that the list has, where it has them, and no byte in two of them.
@Suite struct BoardMachines {
  typealias Node = TreeBuilder.Node

  private func board(_ regions: [Node], memory: [UInt64] = [0x8000_0000, 0x1000_0000], others: [Node] = []) throws -> BoardMemory {
    let cells: [(String, TreeBuilder.Value)] = [("#address-cells", .cell(2)), ("#size-cells", .cell(2))]
    let pairs = TreeBuilder.Value.cells(memory.flatMap { [UInt32($0 >> 32), UInt32(truncatingIfNeeded: $0)] })
    let banks = Node("memory@80000000", [("device_type", .string("memory")), ("reg", pairs)])
    let root = Node("", cells, [banks, Node("reserved-memory", cells + [("ranges", .empty)], regions)] + others)
    return BoardMemory(try DeviceTree(TreeBuilder(root: root).bytes()))
  }
  private func node(_ name: String, _ compatible: String, _ start: UInt64, _ size: UInt64, _ flag: String, _ phandle: UInt32 = 0) -> Node {
    Node(
      name,
      [("compatible", .string(compatible)), ("reg", .pairs(start, size)), (flag, .empty)] + (phandle == 0 ? [] : [("phandle", .cell(phandle))]))
  }
  private func range(_ start: UInt64, _ length: UInt64) throws -> AddressRange<HostPhysicalAddress> {
    try #require(AddressRange(start: HostPhysicalAddress(start), length: length))
  }

  @Test func everyHeapOfTheListIsThere() throws {
    let board = try board([
      node("video@82000000", "shared-dma-pool", 0x8200_0000, 0x100_0000, "reusable", 7),
      node("secure@84000000", "linaro,secure-heap", 0x8400_0000, 0x100_0000, "no-map", 8),
      node("cards@85000000", "linaro,secure-heap", 0x8500_0000, 0x10_0000, "no-map"),
      node("tz@86000000", "maker,tz", 0x8600_0000, 0x100_0000, "no-map"),
      Node(
        "later", [("compatible", .string("shared-dma-pool")), ("size", .pairs(0x40_0000)), ("alignment", .pairs(0x20_0000)), ("reusable", .empty)]),
    ])
    let machine = try BoardMachine(board)
    #expect(machine.registry.heaps.map(\.name) == board.heaps.map(\.name) && machine.leftOut.isEmpty && !machine.isAssumed)
    #expect(machine.registry.find(.phandle(7)) === machine.contiguous[0] && machine.registry.find(.phandle(8)) === machine.restricted[0])
    #expect(machine.system.freePages == (0x1000_0000 - 3 * 0x100_0000 - 0x10_0000 - 0x40_0000) >> 12)
    #expect(machine.contiguous.map(\.freePages) == [4096, 1024] && machine.restricted.map(\.freePages) == [4096, 256])
    let top = try range(0x8FC0_0000, 0x40_0000)
    #expect(machine.places.last == .some(top), "the kernel places from the top down")
    // Two restricted heaps are closed to each other's masters, and to the CPU.
    let film = try machine.restricted[0].allocate(bytes: 4096), card = try machine.restricted[1].allocate(bytes: 4096)
    let (one, other) = (try whole(film), try whole(card)), world = machine.world
    try world.write([1], at: one.start, as: BoardMachine.codec)
    try world.write([2], at: other.start, as: BoardMachine.teller)
    var seen: [UInt8] = []
    for (place, master) in [(one, BoardMachine.codec), (other, BoardMachine.teller), (other, BoardMachine.codec), (one, BoardMachine.teller)] {
      seen.append(try world.read(place, as: master)[0])
    }
    seen.append(try world.read(one, as: .hostCPU)[0])
    #expect(seen == [1, 2, 0, 0, 0])
  }

  @Test func whatCannotBeIsLeftOutAndSaid() throws {
    let machine = try BoardMachine(
      board([
        node("a@82000000", "shared-dma-pool", 0x8200_0000, 0x100_0000, "reusable"),
        node("b@82800000", "shared-dma-pool", 0x8280_0000, 0x100_0000, "reusable"),
        node("c@a0000000", "shared-dma-pool", 0xA000_0000, 0x100_0000, "reusable"),
        node("d@86000000", "shared-dma-pool", 0x8600_0000, 0x100_0000, "reusable"),
      ]))
    #expect(machine.registry.heaps.map(\.name) == ["system", "d@86000000"])
    #expect(machine.leftOut.map(\.heap) == ["a@82000000", "b@82800000", "c@a0000000"] && machine.leftOut.allSatisfy { !$0.reason.isEmpty })
  }

  /// What is said of the board as it is listed, and again as a machine is asked for: node, property, and nothing rounded.
  @Test func whatNoMachineHasIsRefusedWithItsPlace() throws {
    func expect(_ board: BoardMemory, _ place: String, _ said: String, _ kind: BoardProblem.Code = .noMachine) {
      guard let why = board.whyNoMachine else {
        Issue.record("a machine can be made of it: \(place)")
        return
      }
      #expect(why.place == place && why.code == kind && why.message.contains(said) && !why.expectation.isEmpty, "\(why)")
      #expect(board.problems.contains(why) && board.conflicts == (kind == .noMachine ? 0 : board.conflicts))
      #expect(code { _ = try BoardMachine(board) } == .badRequest)
    }
    let memory = "/memory@80000000, property 'reg'"
    expect(try board([], memory: [0, BoardMachine.mostMemory, 1 << 45, 0x1000]), memory, "4398046515200 bytes")
    expect(try board([], memory: [0, 1 << 43]), memory, "8796093022208 bytes")
    expect(try board([], memory: [0, 1 << 35, 1 << 63, 1 << 62]), memory, "physical addresses do not reach")
    expect(try board([], memory: [0x8000_0000, 16]), memory, "no whole page")
    expect(
      try board([
        node("some@80000000", "x", 0x8000_0000, 0x100_0000, "no-map"), node("most@81000000", "x", 0x8100_0000, 0xF00_0000, "no-map"),
      ]), "/reserved-memory/most@81000000, property 'reg'", "leave nothing")
    expect(
      try board([node("low@0", "x", 0x1000, 0x1000, "no-map"), node("far@4", "x", 1 << 43, 0x1000, "no-map")], memory: [0, 0]),
      "/reserved-memory/far@4, property 'reg'", "regions from")
    let many = (0..<300).map { node("r@\($0)", "x", 0x8000_0000 + UInt64($0) << 12, 0x1000, "no-map") }
    expect(try board(many), "/reserved-memory/r@255", "256 regions or more", .tooMany)
    #expect(try board([], memory: [0, BoardMachine.mostMemory]).whyNoMachine == nil)
  }

  /// As Linux takes them: the rest of a page is no memory.
  @Test func banksAreOfWholePages() throws {
    let odd = try board([], memory: [0x8000_0800, 0x10_0800, 0x9000_0000, 16])
    #expect(odd.banks == [try range(0x8000_1000, 0x10_0000)] && odd.whyNoMachine == nil)
    #expect(odd.problems.map(\.code) == [.ignored, .ignored] && odd.problems.allSatisfy { $0.place == "/memory@80000000, property 'reg'" })
    #expect(try BoardMachine(odd).system.freePages == 256)
  }

  /// Time and memory are those of what is used: each of these took gigabytes, or did not come to an end.
  @Test func aHugeBoardCostsWhatIsUsedOfIt() throws {
    let machine = try BoardMachine(
      board(
        [
          node("odd@101000", "x", 0x10_1000, 0x1000, "no-map"), node("video@10000000000", "linaro,secure-heap", 1 << 40, 1 << 40, "no-map"),
          node("pool@20000000000", "shared-dma-pool", 2 << 40, 1 << 40, "reusable"),
        ], memory: [0, 4 << 40]))
    let free = machine.system.freePages
    #expect(free == (2 << 40 - 0x1000) >> 12)
    do {
      let buffer = try machine.system.allocate(bytes: 1 << 40), rest = try machine.system.allocate(bytes: 1 << 40 - 0x1000)
      let ranges = buffer.memory.ranges + rest.memory.ranges
      #expect(ranges.count < 512 && ranges.reduce(0) { $0 + $1.length } == free << 12 && machine.system.freePages == 0)
      let ordered = ranges.sorted { $0.start < $1.start }
      #expect(zip(ordered, ordered.dropFirst()).allSatisfy { $0.end <= $1.start }, "no byte twice")
      buffer.close()
      rest.close()
    }
    #expect(machine.system.freePages == free)
    let heap = machine.restricted[0], page = try heap.allocate(bytes: 4096), place = try whole(page)
    let most = try heap.allocate(bytes: 1 << 40 - 0x20_0000), range = try whole(most)
    let window = try machine.world.window(most.memory, for: BoardMachine.codec)
    try machine.world.write([7], window, at: 1 << 39)
    #expect(try machine.world.requireRestricted(most.memory, for: .secureVideo, as: "all of it").memory == most.memory)
    #expect(code { _ = try machine.world.requireOrdinary(most.memory, as: "none of it") } == .notOrdinary)
    window.close()
    most.close()
    #expect(heap.backlogPages == range.length >> 12)
    try heap.work()
    let touched = try #require(AddressRange(start: HostPhysicalAddress(range.start.rawValue + 1 << 39), length: 8))
    #expect(try machine.memory.readRaw(touched) == Array(repeating: 0, count: 8), "what was written is wiped")
    #expect(heap.freePages == 1 << 28 - 1 && !range.overlaps(place))
    page.close()
    let pool = machine.contiguous[0], guest = try #require(try pool.lendMovable())
    let all = try pool.allocate(bytes: 1 << 40)
    #expect(guest.hasMoved && pool.freePages == 0)
    all.close()
    #expect(machine.memory.residentBytes < 1 << 20, "\(machine.memory.residentBytes) bytes")
  }

  @Test func memoryThatTheBootLoaderWritesIsAssumed() throws {
    let machine = try BoardMachine(board([node("v@c2000000", "shared-dma-pool", 0xC200_0000, 0x100_0000, "reusable")], memory: [0x8000_0000, 0]))
    let wanted = try range(0xC000_0000, 2 << 30)
    #expect(machine.isAssumed && machine.memory.banks.map(\.range) == [wanted])
    #expect(machine.registry.heaps.map(\.name) == ["system", "v@c2000000"])
  }

  @Test func theSecureWorldReportsItsHeapLater() throws {
    let tee = Node("firmware", [], [Node("optee", [("compatible", .string("linaro,optee-tz"))])])
    let machine = try BoardMachine(board([node("v@82000000", "shared-dma-pool", 0x8200_0000, 0x100_0000, "reusable")], others: [tee]))
    var told = ""
    machine.registry.whenRegistered(.name("restricted,secure-video")) { told = $0.name }
    let heap = try #require(try machine.secureWorldReports())
    #expect(told == "protected,secure-video" && heap.loans == 0)
    let buffer = try heap.allocate(bytes: 4096), place = try whole(buffer)
    #expect(heap.loans == 1 && machine.contiguous[0].freePages == 4096 - 256)
    try machine.world.write([9], at: place.start, as: BoardMachine.codec)
    #expect(try machine.world.read(place, as: .hostCPU)[0] == 0)
    buffer.close()
    try heap.work()
    #expect(machine.contiguous[0].freePages == 4096)
    #expect(try BoardMachine(board([])).secureWorldReports() == nil, "no TEE")
  }

  /// A board with a TEE and without a region to lend: a row of the system's pages, which nobody else gets.
  @Test func whatTheTreeDoesNotSetAsideIsARow() throws {
    let tee = Node("firmware", [], [Node("optee", [("compatible", .string("linaro,optee-tz"))])])
    let machine = try BoardMachine(board([], others: [tee])), free = machine.system.freePages
    let heap = try #require(try machine.secureWorldReports()), lender = try #require(machine.lender)
    #expect(free - machine.system.freePages == BoardMachine.rowBytes >> 12 && lender.freePages == BoardMachine.rowBytes >> 12)
    #expect(try machine.contiguousForDrivers() === lender, "there is one row")
    #expect(code { _ = try machine.contiguousForDrivers(atLeast: BoardMachine.rowBytes + 1) } == .exhausted)
    let buffer = try heap.allocate(bytes: 1 << 20), place = try whole(buffer)
    try machine.world.write([9], at: place.start, as: BoardMachine.codec)
    #expect(try machine.world.read(place, as: .hostCPU)[0] == 0)
    buffer.close()
    try heap.work()
    #expect(heap.loans == 0 && lender.freePages == BoardMachine.rowBytes >> 12)
    #expect(code { _ = try BoardMachine(board([], memory: [0x8000_0000, 0x100_0000], others: [tee])).secureWorldReports() } == .exhausted)
  }

  @Test(arguments: Boards.files) func realBoards(file: String) throws {
    let board = try Boards.read(file), machine = try BoardMachine(board)
    #expect(machine.registry.heaps.map(\.name) == board.heaps.map(\.name) && machine.leftOut.isEmpty)
    let reserved = board.regions.compactMap(\.range), buffer = try machine.system.allocate(bytes: 64 << 20)
    let ranges = buffer.memory.ranges
    #expect(ranges.allSatisfy { range in !reserved.contains { $0.overlaps(range) } })
    if !machine.isAssumed { #expect(machine.system.freePages + (64 << 8) <= board.freeSize >> 12) }
  }
}
