import Exploration
import Modelling
import Synchronization
import Testing

/// What was cut short is incomplete, and never holds.
@Suite struct BoundTests {
  static func line(_ last: Int, isForEver: Bool = true) throws -> Model {
    var schema = Schema()
    let at = schema.field("at", in: 0...last, initially: 0)
    return try Model("line", schema) {
      Action("on", fairness: .weak, when: { $0[at] < last }, then: { $0[at] += 1 })
      Action("off", when: { $0[at] == last }, then: { $0[at] = 0 })
      Property.always("in front of the end", whenever: { $0[at] > 2 }) { $0[at] <= last }
      Property.sometimes("at 5") { $0[at] == 5 }
      Property.sometimes("at the end") { $0[at] == last }
      if isForEver { Property.alwaysEventually("at the end, again") { $0[at] == last } }
    }
  }

  private func expectIncomplete(_ report: Report, _ reason: Incompleteness) {
    #expect(report.verdict == .incomplete(reason) && !report.isExhaustive)
    #expect(report.answers.map(\.outcome).filter { $0 == .undecided(reason) }.count == 3)
    #expect(report.answers[1].outcome.run?.steps.count == 5)
    #expect(report.neverFired == ["off"])
    #expect(report.description.hasSuffix("not exhaustive\nverdict: incomplete, \(reason.rawValue)"))
    #expect(report.description.contains("\nnot fired so far: off\n"))
  }

  @Test(arguments: [1, 3]) func limit(threads: Int) throws {
    let report = try Self.line(5000).check(CheckOptions(limit: 1000, threads: threads))
    expectIncomplete(report, .limit)
    #expect(report.states == 1000)
  }

  @Test func memory() throws {
    let report = try Self.line(100_000).check(CheckOptions(memory: 700_000))
    expectIncomplete(report, .memory)
    #expect(report.states < 100_000 && report.peakBytes <= 700_000)
  }

  /// There is room for the states, and none for the arrays of liveness.
  @Test func memoryForLiveness() throws {
    let need = try Self.line(50_000, isForEver: false).check().peakBytes
    let report = try Self.line(50_000).check(CheckOptions(memory: need + 200_000))
    #expect(report.verdict == .incomplete(.memory) && report.states == 50_001 && !report.isExhaustive)
    #expect(report.answers.map(\.outcome).last == .undecided(.memory))
    #expect(report.answers[0].outcome == .holds)
  }

  @Test func interrupt() throws {
    var asked = 0
    let options = CheckOptions(interrupt: {
      asked += 1
      return asked > 100
    })
    let report = try Self.line(5000).check(options)
    expectIncomplete(report, .interrupted)
    #expect(report.states == 102)
  }

  /// A guard that is no function of its state: it opens once. No run can be shown, and nothing is claimed.
  @Test(arguments: [false, true]) func unrepeatable(isAsked: Bool) throws {
    let isOpen = Atomic(true)
    var schema = Schema()
    let at = schema.field("at", in: 0...1, initially: 0)
    let model = try Model("moody", schema) {
      Action("on", when: { $0[at] == 0 && isOpen.exchange(false, ordering: .relaxed) }, then: { $0[at] = 1 })
      if isAsked { Property.always("at 0") { $0[at] == 0 } } else { Property.sometimes("at 1") { $0[at] == 1 } }
    }
    let report = try model.check(CheckOptions(stopsAtFirst: false))
    #expect(report.verdict == .incomplete(.unrepeatable) && !report.isExhaustive && report.states == 2)
    #expect(report.answers.map(\.outcome) == [.undecided(.unrepeatable)])
  }

  /// A violation that was found before is a violation all the same.
  @Test func violatedBeforeTheEnd() throws {
    var schema = Schema()
    let at = schema.field("at", in: 0...5000, initially: 0)
    let model = try Model("line", schema) {
      Action("on", when: { $0[at] < 5000 }, then: { $0[at] += 1 })
      Property.always("below 70") { $0[at] < 70 }
      Property.eventually("at 3000") { $0[at] == 3000 }
    }
    let report = try model.check(CheckOptions(limit: 100, stopsAtFirst: false))
    #expect(report.verdict == .violated("below 70") && !report.isExhaustive && report.states == 100)
    #expect(report.answers[1].outcome.run?.end == .standsStill)
  }
}
