import Exploration
import Testing

/// What is not finished does not read as "holds", and what makes no sense is refused.
@Suite struct LivenessBoundTests {
  let system = counters(width: 1, perWord: 2, modulus: 60)

  /// Both counters come to their end, if both have to move.
  func ends(_ fairness: [Fairness] = [.weak([0]), .weak([1])]) -> Liveness {
    Liveness(properties: [.eventuallyAlways(0), .leadsTo(trigger: 1, goal: 0)], fairness: fairness) {
      ($0[0] == 59 << 8 | 59 ? 1 : 0) | ($0[0] == 0 ? 2 : 0)
    }
  }

  func report(_ options: SearchOptions, _ liveness: Liveness? = nil, _ system: TransitionSystem? = nil) throws -> SearchReport {
    var explorer = try Explorer(system ?? self.system, options: options, liveness: liveness ?? ends())
    let report = explorer.run()
    #expect(explorer.run() == report)
    return report
  }

  @Test func finished() throws {
    let report = try report(SearchOptions())
    #expect(report.liveness?.outcomes == [.holds, .holds])
    #expect(report.outcome == .exhausted && report.isExhaustive)
    let half = try self.report(SearchOptions(), ends([.weak([0])]))
    guard case .lasso(property: 0, let lasso) = half.outcome else {
      Issue.record("the other counter need not move")
      return
    }
    #expect(lasso == Lasso(stem: Array(repeating: 0, count: 59), cycle: [], states: lasso.states, isShortest: true))
    #expect(half.end == .exhausted)
  }

  @Test func aLimit() throws {
    let report = try report(SearchOptions(limit: 2_000))
    #expect(report.liveness?.outcomes == [.incomplete(.limit), .incomplete(.limit)])
    #expect(report.outcome == .incomplete(.limit) && !report.isExhaustive)
    // What is seen within it is real, and perhaps not the shortest.
    let found = try self.report(SearchOptions(limit: 2_000), ends([]))
    guard case .lasso(property: 0, let lasso) = found.outcome else {
      Issue.record("it need not move at all")
      return
    }
    #expect(lasso == Lasso(stem: [], cycle: [], states: [0], isShortest: false))
    #expect(!found.isExhaustive)
  }

  @Test(arguments: [90_000, 140_000, 180_000]) func memory(spare: Int) throws {
    let safety = try explore(system)
    let report = try report(SearchOptions(memory: safety.peakBytes + 20_000 + spare - 90_000))
    #expect(report.end == .exhausted)
    #expect(report.liveness?.outcomes.first == .incomplete(.memory))
    #expect(report.outcome == .incomplete(.memory) && !report.isExhaustive)
    let enough = try self.report(SearchOptions(memory: safety.peakBytes + 1 << 21))
    #expect(enough.isExhaustive)
    #expect((enough.liveness?.peakBytes ?? .max) <= 1 << 21)
  }

  @Test(arguments: 1...12) func interruption(after questions: Int) throws {
    var asked = 0
    let options = SearchOptions(interrupt: {
      asked += 1
      return asked >= questions
    })
    var explorer = try Explorer(system, options: options, liveness: ends())
    let report = explorer.run()
    if asked >= questions {
      #expect(report.outcome == .incomplete(.interrupted) && !report.isExhaustive)
      #expect(report.liveness?.outcomes.last == .incomplete(.interrupted))
    }
  }

  /// A safety violation comes first; where all are collected, its steps are steps all the same.
  @Test func besideSafety() throws {
    var system = system
    system.check = { $0[0] == 7 ? 1 : 0 }
    let stopped = try report(SearchOptions(), nil, system)
    #expect(stopped.liveness?.outcomes == [.incomplete(.stopped), .incomplete(.stopped)])
    guard case .violated = stopped.outcome else {
      Issue.record("seven is reached")
      return
    }
    let all = try report(SearchOptions(stopAtFirst: false), nil, system)
    #expect(all.liveness?.outcomes == [.holds, .holds] && all.violations.count == 1)
  }

  @Test func anExpansionThatDoesNotRepeatIsSaid() throws {
    let calls = Calls()
    let system = TransitionSystem(width: 1, initial: [0], labelCount: 1) { state, out in
      if state[0] < 50 { out.append([state[0] + 1 + calls.next() / 60 * 100] as InlineArray<1, UInt64>, label: 0) }
    }
    let liveness = Liveness(properties: [.eventually(0)]) { _ in 0 }
    #expect(try report(SearchOptions(), liveness, system).outcome == .incomplete(.unrepeatable))
  }

  private final class Calls: @unchecked Sendable {
    private var count: UInt64 = 0
    func next() -> UInt64 {
      count += 1
      return count
    }
  }

  @Test func whatCannotBeAskedIsRefused() {
    func refusal(_ liveness: Liveness, _ other: TransitionSystem? = nil) -> SearchError? {
      do throws(SearchError) {
        _ = try Explorer(other ?? system, liveness: liveness)
        return nil
      } catch { return error }
    }
    func asking(_ properties: [LivenessProperty], _ fairness: [Fairness] = [], sometimes: [Int] = []) -> Liveness {
      Liveness(properties: properties, fairness: fairness, sometimes: sometimes) { _ in 0 }
    }
    #expect(refusal(asking([.eventually(31)], [.weak([1])], sometimes: [31, 0])) == nil)
    #expect(refusal(asking([.eventually(32)])) == .bound("fact", 32))
    #expect(refusal(asking([.leadsTo(trigger: 0, goal: -1)])) == .bound("fact", -1))
    #expect(refusal(asking([], sometimes: [99])) == .bound("fact", 99))
    #expect(refusal(asking([], [.strong([0, 2])])) == .bound("label of a fairness constraint", 2))
    #expect(refusal(asking(Array(repeating: .eventually(0), count: 65))) == .bound("number of liveness properties", 65))
    #expect(refusal(asking([], Array(repeating: .weak([0]), count: 65))) == .bound("number of fairness constraints", 65))
    // 2^9 labels, each in other constraints than all others.
    var many = system
    many.labelCount = 512
    let bits = (0..<9).map { bit in Fairness.weak((0..<512).filter { $0 >> UInt32(bit) & 1 == 1 }) }
    #expect(refusal(asking([], bits), many) == .bound("number of kinds of labels", 512))
  }
}
