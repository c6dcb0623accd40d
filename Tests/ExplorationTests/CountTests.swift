import Exploration
import Testing

/// Sizes that can be computed on paper.
@Suite struct CountTests {
  @Test func aGrid() throws {
    let grid = TransitionSystem(width: 1, initial: [0], labelCount: 2) { state, out in
      let x = state[0] & 0xFFFF
      let y = state[0] >> 16
      if x < 24 { out.append([state[0] + 1] as InlineArray<1, UInt64>, label: 0) }
      if y < 9 { out.append([state[0] + 1 << 16] as InlineArray<1, UInt64>, label: 1) }
    }
    let report = try explore(grid)
    #expect(report.states == 25 * 10)
    #expect(report.firedLabels == [24 * 10, 25 * 9])
    #expect(report.transitions == 24 * 10 + 25 * 9)
    #expect(report.depth == 24 + 9)
    #expect(report.unlistedLabels == 0)
  }

  @Test(arguments: Array(1...12)) func everyWidth(width: Int) throws {
    let system = counters(width: width, perWord: 1, modulus: 2)
    for threads in [1, 2] {
      let report = try explore(system, SearchOptions(threads: threads))
      #expect(report.states == 1 << width)
      #expect(report.transitions == UInt64(width) << UInt64(width - 1))
      #expect(report.depth == width)
      #expect(report.width == width)
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 9]) func everyWidthAgainstSets(width: Int) throws {
    let system = randomGraph(seed: 11, nodes: 700, width: width)
    #expect(agree(try explore(system), NaiveSearch(system)))
  }

  /// Segments begin with 512 slots: thirty thousand states make each grow.
  @Test func theTableGrows() throws {
    let report = try explore(counters(width: 3, perWord: 1, modulus: 32))
    #expect(report.states == 32 * 32 * 32)
    #expect(report.depth == 93)
    #expect(report.outcome == .exhausted)
    // 4 bytes of parent, 8 to 16 of table, and page rounding, in which 16 small segments still show.
    #expect(report.overheadPerState < 24)
  }

  @Test func statesAreNumberedAsFound() throws {
    let system = randomGraph(seed: 5, nodes: 300, width: 2)
    let naive = NaiveSearch(system)
    var explorer = try Explorer(system)
    _ = explorer.run()
    #expect(explorer.stateCount == naive.states.count)
    for (index, state) in naive.states.enumerated() {
      let words = explorer.withState(index) { [$0[0], $0[1]] }
      #expect(words == state)
      let path = explorer.path(to: index) ?? []
      #expect(walk(path, system) == state)
      if let parent = explorer.parent(of: index) { #expect(parent < index) } else { #expect(index == 0) }
    }
  }

  @Test func runningTwiceGivesTheSameReport() throws {
    var explorer = try Explorer(counters(width: 1, perWord: 2, modulus: 9))
    let report = explorer.run()
    #expect(explorer.run() == report)
  }

  @Test func labelsBeyondTheCountAreReported() throws {
    let system = TransitionSystem(width: 1, initial: [0], labelCount: 1) { state, out in
      if state[0] < 3 { out.append([state[0] + 1] as InlineArray<1, UInt64>, label: UInt32(state[0])) }
    }
    let report = try explore(system)
    #expect(report.firedLabels == [1])
    #expect(report.unlistedLabels == 2)
  }
}
