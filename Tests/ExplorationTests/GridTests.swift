import Exploration
import Testing

@Suite struct GridTests {
  @Test func countsAGrid() throws {
    let grid = TransitionSystem(width: 1, initial: [0], labelCount: 2) { state, out in
      for axis in 0..<2 as Range<UInt64> where state[0] >> (8 * axis) & 0xFF < 9 {
        out.append([state[0] + 1 << (8 * axis)] as InlineArray<1, UInt64>, label: UInt32(axis))
      }
    }
    var explorer = try Explorer(grid)
    let report = explorer.run()
    #expect(report.states == 100)
    #expect(report.transitions == 180)
    #expect(report.depth == 18)
    #expect(report.firedLabels == [90, 90])
    #expect(report.outcome == .exhausted)
  }
}
