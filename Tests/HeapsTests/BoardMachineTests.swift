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

  @Test func whatNoMachineHasIsRefused() throws {
    #expect(code { _ = try BoardMachine(board([], memory: [0, 1 << 43])) } == .badRequest)
    #expect(code { _ = try BoardMachine(board([], memory: [0, 1 << 35, 1 << 63, 1 << 62])) } == .badRequest)
    #expect(code { _ = try BoardMachine(board([], memory: [0x8000_0000, 0x1800])) } == .badRequest)
    #expect(code { _ = try BoardMachine(board([node("all@80000000", "x", 0x8000_0000, 0x1000_0000, "no-map")])) } == .exhausted)
    let many = (0..<300).map { node("r@\($0)", "x", 0x8000_0000 + UInt64($0) << 12, 0x1000, "no-map") }
    #expect(code { _ = try BoardMachine(board(many)) } == .badRequest)
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
