import Exploration
import Testing

/// What a random walk may say: a real path to a real violation, or that it saw nothing.
@Suite struct RandomWalkTests {
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func whatItFindsIsAPath(seed: UInt64) throws {
    let system = randomGraph(seed: seed, nodes: 500, width: 2, violations: true)
    let report = try RandomWalk(system, walks: 50, seed: seed).run()
    #expect(report.isExhaustive == false)
    let found = try #require(report.violations.first)
    // Step by step, it ends where it says, in what it says.
    var state = system.initial, last: UInt8 = 0
    var successors = Successors(width: system.width)
    func expand(_ state: [UInt64]) { successors.removeAll(); state.withUnsafeBufferPointer { system.expand($0.baseAddress!, &successors) } }
    for label in found.path {
      expand(state)
      let index = try #require((0..<successors.count).first { successors.label(at: $0) == label })
      state = (0..<system.width).map { successors.words(at: index)[$0] }
      last = successors.verdict(at: index)
    }
    #expect(state == found.state)
    switch found.kind {
    case .step: #expect(last == found.property)
    case .state: #expect(state.withUnsafeBufferPointer { system.check!($0.baseAddress!) } == found.property)
    case .quiescence: #expect(state.withUnsafeBufferPointer { system.quiescent!($0.baseAddress!) } == found.property)
    }
    #expect(try RandomWalk(system, walks: 50, seed: seed).run() == report)
  }

  @Test func nothingFoundIsNoAnswer() throws {
    let report = try RandomWalk(counters(width: 2, perWord: 2, modulus: 5), walks: 10, seed: 1).run()
    #expect(report.outcome == .incomplete(.randomWalk) && report.states > 10 && report.depth == 16)
  }

  /// A counter that must not reach nine, with steps aside that change nothing about it: the shortest path has nine steps.
  @Test func pathsAreShortened() throws {
    let system = TransitionSystem(width: 1, initial: [0], labelCount: 2, check: { $0[0] & 0xFF == 9 ? 1 : 0 }) { state, out in
      out.reserve(copying: state)[0] += 1
      out.commit(label: 0)
      out.reserve(copying: state)[0] ^= 0x100
      out.commit(label: 1)
    }
    #expect(try RandomWalk(system, walks: 5, seed: 2).run().violations.first?.path == Array(repeating: 0, count: 9))
  }

  @Test func interruptedAndRefused() throws {
    let system = counters(width: 1, perWord: 1, modulus: 3)
    var walk = try RandomWalk(system, walks: 3, seed: 1)
    walk.interrupt = { true }
    #expect(walk.run().outcome == .incomplete(.interrupted))
    #expect(throws: SearchError.bound("walks", 0)) { try RandomWalk(system, walks: 0, seed: 1) }
    #expect(throws: SearchError.bound("patience", 0)) { try RandomWalk(system, walks: 1, patience: 0, seed: 1) }
  }
}
