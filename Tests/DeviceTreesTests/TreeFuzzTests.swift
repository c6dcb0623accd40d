import DeviceTrees
import Primitives
import Testing
import TreeBuilding

/// Thousands of damaged trees: each is read or refused, none harms the process, and every reader of the result copes.
@Suite struct TreeFuzzing {
  @Test(arguments: 0..<6 as Range<UInt64>) func damaged(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let version = [1, 2, 3, 16, 17, 17][Int(seed)] as UInt32
    let original = TreeBuilder(version: version, reservations: [(0x1000, 0x2000)], root: TreeReadingTests.board).bytes()
    var read = 0
    for _ in 0..<4000 {
      guard let tree = try? DeviceTree(Self.damaged(original, using: &random)) else { continue }
      read += 1
      for node in tree.nodes {
        _ = (node.name, node.path, try? node.isEnabled(), try? node.compatible(), try? node.cells(), try? node.ranges())
        for property in node.properties { _ = (property.name, try? property.nodes(), try? property.strings(), try? property.number()) }
      }
    }
    #expect(read > 100, "nearly everything was refused: the test asks too little")
  }

  /// Bytes and words that change, go, or come twice; more of it where the blocks begin.
  static func damaged(_ original: [UInt8], using random: inout SeededRandom) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      guard bytes.count > 44 else { break }
      let at = Int.random(in: 0..<20, using: &random) == 0 ? Int.random(in: 0..<40, using: &random) : Int.random(in: 40..<bytes.count, using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...16, using: &random)))
      case 1: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 16)], at: Int.random(in: 0...bytes.count, using: &random))
      case 2..<5:
        let word = [0, 1, 2, 3, 4, 9, 0x7FFF_FFFF, .max].randomElement(using: &random) ?? 0 as UInt32
        let start = min(at & ~3, bytes.count - 4)
        bytes.replaceSubrange(start..<start + 4, with: TreeBuilder.Value.cell(word).bytes)
      default: bytes[at] = UInt8.random(in: 0...255, using: &random)
      }
    }
    return bytes
  }
}
