import DeviceTrees
import Primitives
import Testing
import TreeBuilding

/// Files that are no trees, or trees that lie.
@Suite struct BadTreeTests {
  private func code(_ bytes: [UInt8]) -> DeviceTreeError.Code? {
    do throws(DeviceTreeError) {
      _ = try DeviceTree(bytes)
      return nil
    } catch {
      #expect(!error.description.isEmpty)
      return error.code
    }
  }

  private func changed(_ offset: Int, to word: UInt32, version: UInt32 = 17) -> [UInt8] {
    var bytes = TreeBuilder(version: version, reservations: [(1, 2)], root: TreeReadingTests.board).bytes()
    bytes.replaceSubrange(offset..<offset + 4, with: TreeBuilder.Value.cell(word).bytes)
    return bytes
  }

  @Test func everyCutIsSeen() {
    let bytes = TreeBuilder(root: TreeReadingTests.board).bytes()
    for count in 0..<bytes.count {
      #expect(code(Array(bytes.prefix(count))) == .cut, "\(count) bytes")
    }
  }

  @Test func theHeader() {
    #expect(code([1, 2, 3, 4]) == .notATree)
    #expect(code(changed(4, to: 39)) == .cut)
    #expect(code(changed(4, to: .max)) == .cut)
    for field in [8, 12, 16, 32, 36] { #expect(code(changed(field, to: 0xFFFF_FFF0)) == .blockOutside, "field \(field)") }
    for field in [8, 12, 16] { #expect(code(changed(field, to: 0)) == .blockOutside, "field \(field)") }
    #expect(code(changed(20, to: 0)) == .unsupportedVersion)
    #expect(code(changed(24, to: 18)) == .unsupportedVersion)
    #expect(code(changed(8, to: 74)) == .misaligned)
    #expect(code(changed(16, to: 44)) == .misaligned)
    // The strings in the middle of the structure.
    #expect(code(changed(12, to: 80)) == .blockOverlap)
  }

  @Test func theStructure() {
    // The structure begins behind 40 bytes of header and two reservations: at 72, with the root.
    #expect(code(changed(72, to: 2)) == .unbalanced)
    #expect(code(changed(72, to: 3)) == .unbalanced)
    #expect(code(changed(72, to: 9)) == .unbalanced)
    #expect(code(changed(72, to: 5)) == .badToken)
    #expect(code(changed(76, to: 0x4100_0000)) == .badName)
    // Its first property, at 80: length and name.
    #expect(code(changed(84, to: .max)) == .cut)
    #expect(code(changed(88, to: 0x7FFF_FFFF)) == .stringOutside)
    let long = String(repeating: "x", count: 256)
    #expect(code(TreeBuilder(root: .init("", [(long, .empty)])).bytes()) == .endlessString)
    #expect(code(TreeBuilder(root: .init("", [], [.init(long)])).bytes()) == .endlessString)
    #expect(code(TreeBuilder(root: .init("", [], [.init("a b")])).bytes()) == .badName)
    #expect(code(TreeBuilder(root: .init("", [], [.init("a/b")])).bytes()) == .badName)
    #expect(code(TreeBuilder(root: .init("", [], [.init("")])).bytes()) == .badName)
  }

  /// Strings whose last zero byte is gone.
  @Test func stringsWithoutAnEnd() {
    var bytes = TreeBuilder(root: TreeReadingTests.board).bytes()
    bytes[bytes.count - 1] = 65
    #expect(code(bytes) == .endlessString)
  }

  @Test func reservationsWithoutAnEnd() {
    // Blocks in another order: the reservations last, and full to the end of the file.
    var builder = TreeBuilder(root: TreeReadingTests.board)
    var bytes = builder.bytes()
    bytes += Array(repeating: 0, count: (8 - bytes.count % 8) % 8)
    let start = bytes.count
    bytes += Array(repeating: 1, count: 64)
    bytes.replaceSubrange(4..<8, with: TreeBuilder.Value.cell(UInt32(bytes.count)).bytes)
    bytes.replaceSubrange(16..<20, with: TreeBuilder.Value.cell(UInt32(start)).bytes)
    #expect(code(bytes) == .cut)
    builder.reservations = Array(repeating: (1, 1), count: 1000)
    #expect(code(builder.bytes()) == nil)
  }

  @Test func depth() {
    var node = TreeBuilder.Node("leaf")
    for _ in 0..<62 { node = TreeBuilder.Node("n", [], [node]) }
    #expect(code(TreeBuilder(root: .init("", [], [node])).bytes()) == nil)
    #expect(code(TreeBuilder(root: .init("", [], [.init("n", [], [node])])).bytes()) == .tooDeep)
  }

  @Test func phandles() {
    func tree(_ one: TreeBuilder.Value, _ other: TreeBuilder.Value) -> [UInt8] {
      TreeBuilder(root: .init("", [], [.init("a", [("phandle", one), ("linux,phandle", one)]), .init("b", [("phandle", other)])])).bytes()
    }
    #expect(code(tree(.cell(1), .cell(2))) == nil)
    #expect(code(tree(.cell(1), .cell(1))) == .duplicatePhandle)
    #expect(code(tree(.cell(1), .cell(0))) == .outOfRange)
    #expect(code(tree(.cell(1), .cell(.max))) == .outOfRange)
    #expect(code(tree(.cell(1), .pairs(1))) == .badLength)
  }

  @Test func anErrorSaysWhereAndWhatWasExpected() throws {
    let root = TreeBuilder.Node("", [("#address-cells", .cell(9))], [.init("x@0", [("reg", .cell(0))])])
    let node = try #require(try DeviceTree(TreeBuilder(root: root).bytes()).root.child(named: "x@0"))
    #expect { try node.ranges() } throws: {
      "\($0)" == "byte 0x40: 9 cells\n  in /, property '#address-cells'; expected at most 4"
    }
  }
}
