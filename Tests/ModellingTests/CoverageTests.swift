import Modelling
import Testing

/// What a report tells beside its verdict: what never happened, and what holds because of that.
@Suite struct CoverageTests {
  private func report(isOpen: Bool) throws -> Report {
    var schema = Schema()
    let gate = schema.field("gate", initially: isOpen)
    let at = schema.field("at", count: 3, in: 0...2, initially: 0)
    return try Model("coverage", schema) {
      Action("on", each: at.indices, fairness: .weak, when: { state, i in state[at, i] == 0 && i != 1 }, then: { state, i in state[at, i] = 1 })
      Action(
        "pass", each: at.indices, fairness: .weak, when: { state, i in state[gate] && state[at, i] == 1 }, then: { state, i in state[at, i] = 2 })
      Property.always("who passes is through", whenever: { $0[at].contains(2) }) { $0[gate] }
      Property.leadsTo("who is through remains", from: { $0[at].contains(2) }, to: { $0[at].contains(2) })
      Property.sometimes("somebody passes") { $0[at].contains(2) }
      Property.sometimes("two wait") { $0[at].filter { $0 == 1 }.count == 2 }
    }.check()
  }

  @Test func open() throws {
    let report = try report(isOpen: true)
    #expect(report.verdict == .holds && report.neverHadAChance.isEmpty)
    #expect(report.neverFired == ["on(1)", "pass(1)"])
    #expect(report.answers.compactMap { $0.outcome.run?.steps.count } == [2, 2])
  }

  @Test func shut() throws {
    let report = try report(isOpen: false)
    #expect(report.verdict == .violated("somebody passes") && report.isExhaustive)
    #expect(report.counterexample == nil)
    #expect(report.neverHadAChance == ["who passes is through", "who is through remains"])
    #expect(report.neverFired == ["on(1)", "pass"])
    #expect(
      report.description == """
        coverage

        ○ always     who passes is through: never had a chance
        ○ leads-to   who is through remains: never had a chance
        ✗ sometimes  somebody passes: never reached
        ✓ sometimes  two wait: reached in 2 steps

        never fired: on(1), pass

        4 states, 4 transitions, depth 2, exhaustive
        verdict: violated, somebody passes
        """)
  }

  /// Going on finds what a state breaks beside the first.
  @Test func severalBreakInOneState() throws {
    var schema = Schema()
    let at = schema.field("at", in: 0...4, initially: 0)
    let model = try Model("several", schema) {
      Action("on", when: { $0[at] < 4 }, then: { $0[at] += 1 })
      Property.always("below 3") { $0[at] < 3 }
      Property.always("not 3") { $0[at] != 3 }
      Property.always("below 4") { $0[at] < 4 }
      Property.always("below 5") { $0[at] < 5 }
    }
    let report = try model.check(CheckOptions(stopsAtFirst: false))
    #expect(report.answers.map { $0.outcome.run?.steps.count } == [3, 3, 4, nil])
    #expect(report.verdict == .violated("below 3"))
  }
}
