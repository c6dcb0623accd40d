import Exploration
import Testing

/// Small protocols whose answers everybody knows.
@Suite struct ProtocolTests {
  /// Two processes and one turn. A process: idle 0, wants 1, waits 2, inside 3. Without the turn, both can come in.
  static func mutex(peterson: Bool) -> TransitionSystem {
    // Bits: 0-1 and 2-3 the positions, 4 and 5 the flags, 6 the turn.
    TransitionSystem(
      width: 1, initial: [0], labelCount: 8, check: { $0[0] & 0b1111 == 0b1111 ? 1 : 0 }
    ) { state, out in
      let word = state[0]
      for me in 0..<2 as Range<UInt64> {
        let other = 1 - me
        let cleared = word & ~(3 << (2 * me))
        func step(_ next: UInt64, _ position: UInt64) {
          out.append([next | position << (2 * me)] as InlineArray<1, UInt64>, label: UInt32(me * 4 + position))
        }
        switch word >> (2 * me) & 3 {
        case 0: step(cleared | 1 << (4 + me), 1)
        case 1: step(cleared & ~(1 << 6) | other << 6, 2)
        case 2:
          let free = word >> (4 + other) & 1 == 0
          if !peterson || free || word >> 6 & 1 == me { step(cleared, 3) }
        default: step(cleared & ~(1 << (4 + me)), 0)
        }
      }
    }
  }

  @Test func petersonHolds() throws {
    let system = Self.mutex(peterson: true)
    let report = try explore(system)
    #expect(report.outcome == .exhausted)
    #expect(report.isExhaustive)
    #expect(agree(report, NaiveSearch(system)))
    #expect(report.firedLabels.allSatisfy { $0 > 0 })
  }

  @Test func brokenMutexFailsInSixSteps() throws {
    let system = Self.mutex(peterson: false)
    let report = try explore(system)
    guard case .violated(let violation) = report.outcome else {
      Issue.record("two processes can be inside")
      return
    }
    #expect(violation.property == 1)
    #expect(violation.kind == .state)
    #expect(violation.path.count == 6)
    #expect(walk(violation.path, system) == violation.state)
    #expect(report.end == .stoppedAtViolation)
    #expect(!report.isExhaustive)
    #expect(violation.path == NaiveSearch(system).first?.path)
  }

  /// Each takes the left fork, then the right one, eats, and puts both back.
  static func philosophers(_ count: UInt64) -> TransitionSystem {
    // Two bits a philosopher: 0 thinks, 1 has the left fork, 2 eats. Fork i is the left one of i, the right one of i - 1.
    TransitionSystem(width: 1, initial: [0], labelCount: Int(count) * 3, quiescent: { _ in 2 }) { state, out in
      func at(_ i: UInt64) -> UInt64 { state[0] >> (2 * i) & 3 }
      for i in 0..<count {
        let left = (i + count - 1) % count
        let right = (i + 1) % count
        let next: UInt64
        switch at(i) {
        case 0 where at(left) != 2: next = 1
        case 1 where at(right) == 0: next = 2
        case 2: next = 0
        default: continue
        }
        out.append([state[0] & ~(3 << (2 * i)) | next << (2 * i)] as InlineArray<1, UInt64>, label: UInt32(i * 3 + next))
      }
    }
  }

  @Test(arguments: [2, 3, 5, 7] as [UInt64]) func philosophersStarve(count: UInt64) throws {
    let system = Self.philosophers(count)
    let report = try explore(system)
    guard case .violated(let violation) = report.outcome else {
      Issue.record("all have their left fork")
      return
    }
    #expect(violation.kind == .quiescence)
    #expect(violation.property == 2)
    #expect(violation.path.count == Int(count))
    #expect(walk(violation.path, system) == violation.state)
    let all = try explore(system, SearchOptions(stopAtFirst: false))
    #expect(agree(all, NaiveSearch(system)))
    #expect(all.violations == report.violations)
  }

  @Test func aStepMayViolate() throws {
    let system = TransitionSystem(width: 1, initial: [0], labelCount: 2) { state, out in
      out.append([state[0] + 1] as InlineArray<1, UInt64>, label: 0, verdict: state[0] == 4 ? 77 : 0)
    }
    let report = try explore(system)
    #expect(report.violations == [Violation(property: 77, kind: .step, path: [0, 0, 0, 0, 0], state: [5])])
    #expect(report.states == 5)
  }

  @Test func theInitialStateMayViolate() throws {
    let system = TransitionSystem(width: 2, initial: [1, 2], labelCount: 0, check: { $0[1] == 2 ? 3 : 0 }) { _, _ in }
    let report = try explore(system)
    #expect(report.violations == [Violation(property: 3, kind: .state, path: [], state: [1, 2])])
  }

  /// A step from the first state of a level is found before a deadlock in its second state, which is nearer.
  @Test(arguments: [1, 2]) func aNearerDeadlockWins(threads: Int) throws {
    let system = TransitionSystem(width: 1, initial: [0], labelCount: 3, quiescent: { _ in 4 }) { state, out in
      switch state[0] {
      case 0:
        out.append([1] as InlineArray<1, UInt64>, label: 0)
        out.append([2] as InlineArray<1, UInt64>, label: 1)
      case 1: out.append([3] as InlineArray<1, UInt64>, label: 2, verdict: 6)
      default: break
      }
    }
    let report = try explore(system, SearchOptions(threads: threads))
    #expect(report.violations == [Violation(property: 4, kind: .quiescence, path: [1], state: [2])])

    // The same when all violations are collected and both are of one property.
    var collected = system
    collected.quiescent = { _ in 6 }
    let all = try explore(collected, SearchOptions(threads: threads, stopAtFirst: false))
    #expect(all.violations == [Violation(property: 6, kind: .quiescence, path: [1], state: [2])])
    #expect(all.isExhaustive)
  }
}
