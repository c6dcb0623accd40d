import DeviceTrees
import Heaps
import Primitives
import Restriction
import Testing
import TreeBuilding

/// Who reaches memory on a board, as its tree says it.
@Suite struct BoardMasters {
  typealias Node = TreeBuilder.Node
  typealias Properties = [(String, TreeBuilder.Value)]

  private static func device(_ name: String, _ compatible: String, _ more: Properties = [], _ children: [Node] = []) -> Node {
    Node(name, [("compatible", .string(compatible)), ("reg", .pairs(0x1000, 0x1000))] + more, children)
  }
  private static func region(_ name: String, _ start: UInt64, _ size: UInt64, _ phandle: UInt32, _ more: Properties = []) -> Node {
    Node(name, [("reg", .pairs(start, size)), ("no-map", .empty), ("phandle", .cell(phandle))] + more)
  }
  private static let iommu = device("iommu@1", "arm,mmu-500", [("#iommu-cells", .cell(1)), ("phandle", .cell(90))])
  private static let behind: Properties = [("iommus", .cells([90, 3]))]

  /// 256 MiB at 2 GiB.
  private static func board(_ regions: [Node], _ devices: [Node], memory: [UInt64] = [0x8000_0000, 0x1000_0000]) throws -> BoardMemory {
    let cells: Properties = [("#address-cells", .cell(2)), ("#size-cells", .cell(2))]
    let pairs = TreeBuilder.Value.cells(memory.flatMap { [UInt32($0 >> 32), UInt32(truncatingIfNeeded: $0)] })
    let bank = Node("memory@80000000", [("device_type", .string("memory")), ("reg", pairs)])
    let reserved = Node("reserved-memory", cells + [("ranges", .empty)], regions)
    return BoardMemory(try DeviceTree(TreeBuilder(root: Node("", cells, [bank, reserved] + devices)).bytes()))
  }

  /// Names and `compatible` of bindings, and of what stands beside such devices.
  @Test(
    arguments: [
      ("gpu@1", "arm,mali-bifrost", .gpu), ("gpu3d@1", "vivante,gc", .gpu), ("x@1", "qcom,adreno-630.2", .gpu), ("x@1", "qcom,adreno-smmu", nil),
      ("gmu@1", "qcom,adreno-gmu-630.2", nil), ("x@1", "arm,mali-d71", .display), ("video-codec@1", "maker,x", .codec),
      ("x@1", "nxp,imx8mq-vpu-g1", .codec), ("x@1", "fsl,imx8mm-vpu-blk-ctrl", nil), ("x@1", "mediatek,mt8192-vcodec-enc", nil),
      ("x@1", "qcom,sdm845-venus-v2", .codec), ("x@1", "rockchip,rk3399-vop-big", .display), ("ovl@1", "mediatek,mt8192-disp-ovl-2l", .display),
      ("dma-controller@1", "mediatek,mt8195-mdp3-rdma", nil), ("crypto@1", "fsl,sec-v4.0", .crypto), ("x@1", "qcom,crypto-v5.4", .crypto),
      ("serial@1", "arm,pl011", nil), ("x@1", "gpu", nil),
    ] as [(String, String, MasterRole?)]) func roles(_ name: String, _ compatible: String, _ role: MasterRole?) throws
  {
    #expect(try Self.board([], [Self.device(name, compatible)]).masters.map(\.role) == (role.map { [$0] } ?? []))
  }

  @Test func whoCountsAndWhoIsAPart() throws {
    let off: Properties = [("status", .string("disabled"))]
    let board = try Self.board(
      [],
      [
        Self.iommu,
        Node(
          "soc", [("compatible", .string("simple-bus"))],
          [
            Self.device("display-subsystem@1", "maker,mdss", Self.behind, [Self.device("display-controller@2", "maker,dpu")]),
            Self.device("video-codec@3", "maker,vcodec", Self.behind, [Self.device("core@4", "maker,vcodec-core", Self.behind)]),
            Self.device("gpu@5", "arm,mali", off), Self.device("crypto@6", "maker,crypto", [("iommus", .cells([77, 1]))]),
            Node("video-codec", [("compatible", .string("maker,vcodec"))]),
          ]),
        Node("bus", off, [Self.device("gpu@7", "arm,mali")]),
      ])
    #expect(board.masters.map(\.path) == ["/soc/display-subsystem@1", "/soc/video-codec@3", "/soc/video-codec@3/core@4", "/soc/crypto@6"])
    #expect(board.masters.map(\.isTranslated) == [true, true, true, false])
    #expect(board.problems.map(\.property) == ["iommus"] && board.problems[0].severity == .remark && board.problems[0].path == "/soc/crypto@6")
  }

  @Test func anIOMMUDecidesWhatAMasterIsGiven() throws {
    let machine = try BoardMachine(
      Self.board([], [Self.iommu, Self.device("vpu@1", "maker,vpu", Self.behind), Self.device("lcdif@2", "maker,lcdif")]))
    let world = machine.world
    #expect(world.name(of: BoardMachine.codec) == "vpu@1" && world.name(of: BoardMachine.display) == "lcdif@2")
    #expect(world.name(of: BoardMachine.crypto) == "crypto", "nobody in the tree: the fixed one")
    let pieces = try machine.system.allocate(bytes: 1 << 20 + 8192), row = try machine.system.allocateRow(bytes: 8192)
    let (scattered, contiguous) = (pieces.memory, row.memory)
    for memory in [scattered, contiguous] { try world.write([1, 2, 3], world.window(memory, for: .hostCPU), at: 4094) }
    let mapped = try world.window(scattered, for: BoardMachine.codec)
    let (start, seen) = (mapped.start, try world.read(mapped, at: 4094, count: 3))
    #expect(start >= MasterMappings.first && seen == [1, 2, 3])
    #expect(code { _ = try world.window(scattered, for: BoardMachine.display) } == .notContiguous)
    let plain = try world.window(contiguous, for: BoardMachine.display)
    let (place, bytes) = (plain.start, try world.read(plain, at: 4094, count: 3))
    #expect(place == contiguous.ranges[0].start.rawValue && bytes == [1, 2, 3])
  }

  @Test func furtherDevicesOfARoleHaveItsRights() throws {
    let heap = Self.region("film@88000000", 0x8800_0000, 0x10_0000, 1, [("compatible", .string("linaro,secure-heap"))])
    let machine = try BoardMachine(
      Self.board(
        [heap], [Self.device("vpu@1", "a,vpu"), Self.device("vpu@2", "a,vpu"), Self.device("gpu@3", "arm,mali"), Self.device("gpu@4", "arm,mali")]))
    let buffer = try machine.restricted[0].allocate(bytes: 4096), place = try whole(buffer), world = machine.world
    let second = try #require(machine.numbers[1].first), gpus = machine.numbers[3]
    try world.write([7], at: place.start, as: second)
    #expect(try world.read(place, as: BoardMachine.codec)[0] == 7 && gpus.count == 2)
    let views = try gpus.map { try world.read(place, as: $0)[0] }
    #expect(views == [0, 7], "the second identity of a GPU is its protected mode")
  }

  @Test(arguments: [ViolationBehaviour.silent, .abort, [.abort, .interrupt]]) func firmwareIsClosed(_ behaviour: ViolationBehaviour) throws {
    let board = try Self.board(
      [
        Self.region("optee@82000000", 0x8200_0000, 0x10_0000, 1), Self.region("dsp@83000000", 0x8300_0000, 0x10_0000, 2),
        Self.region("vpu@84000000", 0x8400_0000, 0x10_0000, 3), Self.region("zap@85000000", 0x8500_0000, 0x1000, 4),
        Self.region("smem@86000000", 0x8600_0000, 0x10_0000, 5, [("compatible", .string("qcom,smem"))]),
        Self.region("film@88000000", 0x8800_0000, 0x10_0000, 6, [("compatible", .string("linaro,secure-heap"))]),
        Self.region("far@f0000000", 0xF000_0000, 0x1000, 7),
      ],
      [
        Node("remoteproc", [("compatible", .string("maker,dsp"))], [Node("image", [("memory-region", .cell(2))])]),
        Self.device("vpu@1", "a,vpu", [("memory-region", .cell(3))]),
        Self.device("gpu@2", "arm,mali", [], [Node("zap-shader", [("memory-region", .cell(4))])]),
      ])
    #expect(board.masters.map(\.role) == [.codec, .gpu, .other] && board.masters[2].path == "/remoteproc")
    #expect(board.owners.map { $0 } == [[], [2], [0], [1], [], [], []])
    let machine = try BoardMachine(board, behaviour: behaviour), world = machine.world
    #expect(machine.closed.map(\.region) == [0, 1, 2, 3] && machine.notClosed.map(\.region) == ["/reserved-memory/far@f0000000"])
    let owners = [nil, machine.numbers[2].last, BoardMachine.codec, BoardMachine.gpuProtected]
    for (owner, (_, range)) in zip(owners, machine.closed) {
      let probe = try #require(AddressRange(start: range.start, length: 4))
      try machine.memory.writeRaw([1, 2, 3, 4], at: range.start)
      for number in world.masters.indices {
        let master = MasterIndex(UInt8(number))
        let answer = Result { () throws(BusError) in try world.read(probe, as: master) }
        switch answer {
        case .success(let bytes):
          #expect(bytes == (master == owner ? [1, 2, 3, 4] : [0, 0, 0, 0]) && (master == owner || !behaviour.contains(.abort)))
        case .failure(let error): #expect(master != owner && behaviour.contains(.abort) && error.code == .externalAbort)
        }
      }
      try? world.write([9], at: range.start, as: .hostCPU)
      #expect(try machine.memory.readRaw(probe) == [1, 2, 3, 4])
    }
    if behaviour.contains(.interrupt) { #expect(world.interrupts > 0) }
    // What a driver of the kernel shares is open, and a decoder reaches its code and films alike.
    let shared = try #require(AddressRange(start: HostPhysicalAddress(0x8600_0000), length: 1))
    try world.write([5], at: shared.start, as: .hostCPU)
    #expect(try world.read(shared, as: BoardMachine.display) == [5])
    let film = try machine.restricted[0].allocate(bytes: 4096), place = try whole(film)
    try world.write([6], at: place.start, as: BoardMachine.codec)
    #expect(try world.read(place, as: BoardMachine.codec)[0] == 6)
  }

  /// 66 pairs of twelve devices: the firewall has columns for 59 of them, and of the others it is said.
  @Test func groupsOfOwnersHaveABound() throws {
    let pairs = (0..<12).flatMap { one in (0..<one).map { (one, $0) } }
    let regions = pairs.indices.map { Self.region("r@\($0)", 0x8100_0000 + UInt64($0) << 16, 0x1000, UInt32($0 + 1)) }
    let devices = (0..<12).map { number in
      let named = pairs.indices.filter { pairs[$0].0 == number || pairs[$0].1 == number }.map { UInt32($0 + 1) }
      return Self.device("dsp@\(number)", "maker,dsp", [("memory-region", .cells(named))])
    }
    let machine = try BoardMachine(Self.board(regions, devices))
    #expect(
      machine.closed.count == 59 && machine.notClosed.count == 7 && machine.notClosed.allSatisfy { $0.reason.contains("more groups of owners") })
    let (region, range) = machine.closed[58], owners = machine.board.owners[region].compactMap { machine.numbers[$0].last }
    #expect(owners.count == 2 && machine.world.masters.count == 1 + 7 + 12)
    try machine.memory.writeRaw([1], at: range.start)
    for number in machine.world.masters.indices {
      let master = MasterIndex(UInt8(number))
      #expect(try machine.world.read(range, as: master)[0] == (owners.contains(master) ? 1 : 0))
    }
  }

  /// What nobody has room for in the table is said, and closed to everybody.
  @Test func mastersHaveABound() throws {
    let count = 60, regions = (0..<count).map { Self.region("r@\($0)", 0x8100_0000 + UInt64($0) << 16, 0x1000, UInt32($0 + 1)) }
    let devices = (0..<count).map { Self.device("dsp@\($0)", "maker,dsp", [("memory-region", .cell(UInt32($0 + 1)))]) }
    let board = try Self.board(regions, devices)
    #expect(board.masters.count == 48 && board.problems.count == 12 && board.problems.allSatisfy { $0.message.contains("not known") })
    let machine = try BoardMachine(board)
    #expect(machine.closed.count == count && machine.notClosed.isEmpty && machine.world.masters.count == 1 + 7 + 48)
  }

  /// A second secure heap is for payment, unless a device that plays films names it.
  @Test func whatAHeapIsFor() throws {
    let secure: Properties = [("compatible", .string("linaro,secure-heap"))]
    let regions = [Self.region("a@88000000", 0x8800_0000, 0x10_0000, 1, secure), Self.region("b@89000000", 0x8900_0000, 0x10_0000, 2, secure)]
    #expect(try BoardMachine(Self.board(regions, [])).restricted.map(\.useCase) == [.secureVideo, .payment])
    let named = try BoardMachine(Self.board(regions, [Self.device("vpu@1", "a,vpu", [("memory-region", .cell(2))])]))
    #expect(named.restricted.map(\.useCase) == [.secureVideo, .secureVideo])
    let other = try BoardMachine(Self.board(regions, [Self.device("reader@1", "a,cards", [("memory-region", .cell(2))])]))
    let buffer = try other.restricted[1].allocate(bytes: 4096), place = try whole(buffer), reader = try #require(other.numbers[0].first)
    try other.world.write([3], at: place.start, as: reader)
    #expect(try other.world.read(place, as: reader)[0] == 3 && other.world.read(place, as: BoardMachine.codec)[0] == 0)
  }

  @Test func terabytesAreSparse() throws {
    let machine = try BoardMachine(
      Self.board([Self.region("tz@8100000000", 0x81_0000_0000, 0x10_0000, 1)], [], memory: [0x8000_0000, 0x8000_0000, 1 << 39, 1 << 40]))
    #expect(machine.system.freePages == (1 << 40 + 0x8000_0000 - 0x10_0000) >> 12 && machine.memory.residentBytes == 0)
    let last = try #require(AddressRange(start: HostPhysicalAddress(1 << 39 + 1 << 40 - 8), length: 8))
    try machine.world.write([1], at: last.start, as: .hostCPU)
    #expect(try machine.world.read(last, as: BoardMachine.codec)[0] == 1)
    let closed = try #require(AddressRange(start: HostPhysicalAddress(0x81_0000_0000), length: 8))
    try machine.memory.writeRaw([1], at: closed.start)
    #expect(try machine.world.read(closed, as: .hostCPU)[0] == 0)
  }

  @Test func everyStateAndCoverageOfEveryRegionIsKept() throws {
    let states = PageState.all(regions: UInt8(PageLedger.mostRegions)), covers = Coverage.all(regions: UInt8(PageLedger.mostRegions))
    let ledger = try PageLedger(pages: states.count)
    #expect((0..<states.count).allSatisfy { ledger[state: $0] == .ordinary && ledger[coverage: $0] == .open })
    for cover in covers {
      for (page, state) in states.enumerated() { (ledger[state: page], ledger[coverage: page]) = (state, cover) }
      #expect(states.enumerated().allSatisfy { ledger[state: $0.offset] == $0.element && ledger[coverage: $0.offset] == cover })
    }
  }
}
