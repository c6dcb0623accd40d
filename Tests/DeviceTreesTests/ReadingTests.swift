import DeviceTrees
import Primitives
import Testing
import TreeBuilding

@Suite struct TreeReadingTests {
  static let board = TreeBuilder.Node(
    "", [("#address-cells", .cell(2)), ("#size-cells", .cell(2)), ("compatible", .text(["maker,board", "maker,chip"])), ("flag", .empty)],
    [
      .init("memory@80000000", [("device_type", .string("memory")), ("reg", .pairs(0x8000_0000, 0x4000_0000))]),
      .init(
        "bus@1000", [("#address-cells", .cell(1)), ("#size-cells", .cell(1)), ("ranges", .cells([0x0, 0x1, 0x1000, 0x800]))],
        [.init("device@10", [("reg", .cells([0x10, 0x20])), ("phandle", .cell(7)), ("status", .string("disabled"))]), .init("empty")]),
    ])

  /// Every version says the same in other bytes.
  @Test(arguments: [1, 2, 3, 16, 17] as [UInt32]) func everyVersion(_ version: UInt32) throws {
    let tree = try DeviceTree(TreeBuilder(version: version, reservations: [(0x1000, 0x2000), (0, 0x10)], root: Self.board).bytes())
    #expect(tree.header.version == version)
    #expect(tree.reservations.map(\.address) == [0x1000, 0] && tree.reservations.map(\.size) == [0x2000, 0x10])
    #expect(tree.nodes.map(\.path) == ["/", "/memory@80000000", "/bus@1000", "/bus@1000/device@10", "/bus@1000/empty"])
    #expect(try tree.root.compatible() == ["maker,board", "maker,chip"])
    #expect(tree.root["flag"]?.isEmpty == true && tree.root["flags"] == nil)
    let device = try #require(tree.node(phandle: 7))
    #expect(device.name == "device@10" && device.baseName == "device" && tree.node(phandle: 8) == nil)
    #expect(try !device.isEnabled() && device.parent?.name == "bus@1000")
    #expect(tree.root.children.map(\.name) == ["memory@80000000", "bus@1000"])
    #expect(try device.ranges()?.map(\.description) == ["0x1_0000_1010..<0x1_0000_1030"])
    #expect(try tree.root.child(named: "memory@80000000")?.ranges()?.map(\.length) == [0x4000_0000])
  }

  @Test func aNewerVersionThatMayBeReadAsThisOneIs() throws {
    #expect(try DeviceTree(TreeBuilder(version: 18, lastCompatible: 16, root: Self.board).bytes()).header.version == 18)
    #expect { try DeviceTree(TreeBuilder(version: 18, lastCompatible: 18).bytes()) } throws: { ($0 as? DeviceTreeError)?.code == .unsupportedVersion }
  }

  @Test func aFileMayBeLongerThanItsTree() throws {
    #expect(try DeviceTree(TreeBuilder(root: Self.board).bytes() + [1, 2, 3]).nodes.count(where: { _ in true }) == 5)
  }

  /// A bus above with a window of its own, one whose addresses are its parent's, and one that passes nothing on.
  @Test func addressesGoUpThroughEveryBus() throws {
    func tree(inner: TreeBuilder.Value?, _ start: UInt32, _ length: UInt32) throws -> [AddressRange<HostPhysicalAddress>]? {
      let cells: [(String, TreeBuilder.Value)] = [("#address-cells", .cell(1)), ("#size-cells", .cell(1))]
      let bus = TreeBuilder.Node("inner", cells + (inner.map { [("ranges", $0)] } ?? []), [.init("x", [("reg", .cells([start, length]))])])
      let outer = TreeBuilder.Node("outer", cells + [("ranges", .cells([0x0, 0x9000_0000, 0x1000, 0x2000, 0xA000_0000, 0x1000]))], [bus])
      let root = TreeBuilder.Node("", cells, [outer])
      return try DeviceTree(TreeBuilder(root: root).bytes()).root.child(named: "outer")?.child(named: "inner")?.child(named: "x")?.ranges()
    }
    func at(_ start: UInt64, _ length: UInt64) -> [AddressRange<HostPhysicalAddress>]? {
      AddressRange(start: HostPhysicalAddress(start), length: length).map { [$0] }
    }
    #expect(try tree(inner: .empty, 0x2800, 0x800) == at(0xA000_0800, 0x800))
    #expect(try tree(inner: .cells([0x100, 0x0, 0x1000]), 0x180, 0x10) == at(0x9000_0080, 0x10))
    for (inner, start, length) in [(nil, 0, 1), (.empty, 0x2800, 0x801), (.empty, 0x1000, 1), (.cells([0, 0xFF0, 0x100]), 0, 0x20)]
      as [(TreeBuilder.Value?, UInt32, UInt32)]
    {
      #expect { try tree(inner: inner, start, length) } throws: { ($0 as? DeviceTreeError)?.code == .untranslatable }
    }
    #expect { try tree(inner: .cells([1, 2]), 0, 1) } throws: { ($0 as? DeviceTreeError)?.code == .badLength }
  }

  @Test func cellsOutOfRange() throws {
    func ranges(_ address: UInt32, _ size: UInt32, _ reg: [UInt32]) throws -> [AddressRange<HostPhysicalAddress>]? {
      let root = TreeBuilder.Node("", [("#address-cells", .cell(address)), ("#size-cells", .cell(size))], [.init("x", [("reg", .cells(reg))])])
      return try DeviceTree(TreeBuilder(root: root).bytes()).root.child(named: "x")?.ranges()
    }
    #expect(try ranges(3, 1, [0, 1, 2, 3])?.first?.start.rawValue == 0x1_0000_0002)
    for (address, size, reg, code) in [
      (5, 1, [0], .badCells), (0, 1, [0], .badCells), (1, 0, [0], .badCells), (1, 1, [0], .badLength), (3, 1, [1, 0, 0, 1], .outOfRange),
      (2, 2, [.max, .max, 0, 1], .outOfRange), (.max, 1, [0], .badCells),
    ] as [(UInt32, UInt32, [UInt32], DeviceTreeError.Code)] {
      #expect { try ranges(address, size, reg) } throws: { ($0 as? DeviceTreeError)?.code == code && ($0 as? DeviceTreeError)?.path != "" }
    }
  }

  @Test func valuesThatAreNotWhatTheyShouldBe() throws {
    let root = TreeBuilder.Node(
      "", [("word", .raw([1, 2, 3])), ("text", .raw([65, 66])), ("control", .raw([7, 0])), ("bytes", .raw([0xFF, 0xFE, 0])), ("user", .cell(9))])
    let tree = try DeviceTree(TreeBuilder(root: root).bytes())
    func code(_ name: String, _ body: (DeviceTreeProperty) throws -> Void) throws -> DeviceTreeError.Code? {
      let property = try #require(tree.root[name])
      do { try body(property) } catch let error as DeviceTreeError {
        #expect(error.property == name && error.path == "/" && error.offset == property.offset)
        return error.code
      }
      return nil
    }
    #expect(try code("word") { _ = try $0.word() } == .badLength)
    #expect(try code("word") { _ = try $0.words() } == .badLength)
    #expect(try code("word") { _ = try $0.number() } == .badLength)
    #expect(try code("text") { _ = try $0.strings() } == .endlessString)
    #expect(try code("control") { _ = try $0.strings() } == .notText)
    #expect(try code("bytes") { _ = try $0.strings() } == .notText)
    #expect(try code("user") { _ = try $0.nodes() } == .unknownPhandle)
  }
}
