import Exploration
import Testing

@Suite struct BoundTests {
  let system = counters(width: 2, perWord: 2, modulus: 10)

  @Test func aLimitIsLoud() throws {
    let report = try explore(system, SearchOptions(limit: 777))
    #expect(report.outcome == .incomplete(.limit))
    #expect(!report.isExhaustive)
    #expect(report.states == 777)
  }

  @Test func aLimitThatIsJustEnoughIsNone() throws {
    let report = try explore(system, SearchOptions(limit: 10_000))
    #expect(report.outcome == .exhausted)
    #expect(report.states == 10_000)
    #expect(try explore(system, SearchOptions(limit: 9_999)).outcome == .incomplete(.limit))
  }

  @Test(arguments: [0, 1000, 500_000, 1_500_000]) func memoryIsLoud(bytes: Int) throws {
    let report = try explore(counters(width: 2, perWord: 3, modulus: 8), SearchOptions(memory: bytes))
    #expect(report.outcome == .incomplete(.memory))
    #expect(report.states < 8 * 8 * 8 * 8 * 8 * 8)
    if bytes > 1000 { #expect(report.peakBytes <= bytes && report.states > 0) }
  }

  @Test func memoryThatIsEnough() throws {
    let report = try explore(system)
    let again = try explore(system, SearchOptions(memory: 4 << 20))
    #expect(again == report)
  }

  @Test func aViolationFoundBeforeALimitCounts() throws {
    var system = system
    system.check = { $0[0] == 5 ? 1 : 0 }
    let report = try explore(system, SearchOptions(limit: 5000, stopAtFirst: false))
    #expect(report.end == .incomplete(.limit))
    guard case .violated(let violation) = report.outcome else {
      Issue.record("a violation was seen")
      return
    }
    #expect(violation.path.count == 5)
  }

  @Test func interruption() throws {
    var asked = 0
    let report = try explore(
      system,
      SearchOptions(interrupt: {
        asked += 1
        return asked == 3
      }))
    #expect(report.outcome == .incomplete(.interrupted))
    #expect(report.states < 10_000)
  }

  @Test func progressIsMade() throws {
    // One step from the start to each of 300,000 states.
    let star = TransitionSystem(width: 1, initial: [0], labelCount: 1) { state, out in
      if state[0] == 0 { for i in 1...300_000 as ClosedRange<UInt64> { out.append([i] as InlineArray<1, UInt64>, label: 0) } }
    }
    var seen: [SearchProgress] = []
    let report = try explore(star, SearchOptions(progress: { seen.append($0) }))
    #expect(report.states == 300_001)
    #expect(seen.count == 1)
    let first = try #require(seen.first)
    #expect(first.states == 300_001 && first.frontier == 300_000 && first.bytes > 0 && first.load > 0.4 && first.load <= 0.75)
  }

  /// `expand` answers differently the second time: no path can be given, and no verdict.
  @Test func anExpansionThatDoesNotRepeatIsSaid() throws {
    let calls = Calls()
    let system = TransitionSystem(width: 1, initial: [0], labelCount: 1, check: { $0[0] > 2 ? 1 : 0 }) { _, out in
      out.append([calls.next()] as InlineArray<1, UInt64>, label: 0)
    }
    #expect(try explore(system).outcome == .incomplete(.unrepeatable))
  }

  private final class Calls: @unchecked Sendable {
    private var count: UInt64 = 0
    func next() -> UInt64 {
      count += 1
      return count
    }
  }

  @Test func whatCannotBeExploredIsRefused() {
    func refusal(_ system: TransitionSystem, _ options: SearchOptions = SearchOptions()) -> SearchError? {
      do throws(SearchError) {
        _ = try Explorer(system, options: options)
        return nil
      } catch { return error }
    }
    var system = system
    #expect(refusal(system, SearchOptions(threads: 0)) == .threads(0))
    #expect(refusal(system, SearchOptions(threads: 257)) == .threads(257))
    #expect(refusal(system, SearchOptions(limit: 0)) == .bound("limit", 0))
    #expect(refusal(system, SearchOptions(memory: -1)) == .bound("memory", -1))
    system.labelCount = -1
    #expect(refusal(system) == .bound("labelCount", -1))
    system.initial = [1]
    #expect(refusal(system) == .initialState(words: 1, width: 2))
    system.width = 13
    #expect(refusal(system) == .width(13))
    #expect(SearchError.width(13).description == "a state has 1 to 12 words, not 13")
  }
}
