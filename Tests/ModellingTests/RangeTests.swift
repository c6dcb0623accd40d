import Testing

import Modelling

private enum Level: CaseIterable {
  case low, high, broken
  static let allCases: [Level] = [.low, .high]
}

/// A value that its field does not have ends a run as a violation that names both, and traps nowhere.
@Suite struct RangeTests {
  private func model() throws -> Model {
    var schema = Schema()
    let count = schema.field("count", in: -1...3, initially: 0)
    let level = schema.field("level", count: 2, initially: Level.low)
    return try Model("range", schema) {
      Action("up", when: { $0[count] < 4 }, then: { $0[count] += 1 })
      Action("break", each: level.indices, when: { state, i in state[count] == 2 && i == 1 }, then: { state, i in state[level, i] = .broken })
    }
  }

  @Test func theRunToAnOverflow() throws {
    let report = try model().check(CheckOptions(stopsAtFirst: false))
    #expect(report.verdict == .violated(Report.inRange))
    let run = try #require(report.counterexample)
    #expect(run.steps.map(\.action) == ["up", "up", "break(1)"])
    #expect(run.steps.last?.refused == Run.Refused(field: "level", index: 1, number: nil, range: "low, high"))
    #expect(run.steps.last?.changes == [])
    #expect(report.answers.map(\.kind) == [.inRange])
    // 0...3, and nothing behind what was refused.
    #expect(report.states == 4 && report.isExhaustive)
  }

  @Test func theNumberThatDoesNotFit() throws {
    var schema = Schema()
    let count = schema.field("count", in: -1...3, initially: 0)
    let model = try Model("range", schema) {
      Action("down", when: { _ in true }, then: { $0[count] -= 2 })
    }
    let run = try #require(try model.check().counterexample)
    #expect(run.steps.last?.refused == Run.Refused(field: "count", index: nil, number: -2, range: "-1...3"))
    #expect(run.description.hasSuffix("1  down       count  -2 is not one of -1...3"))
  }

  /// What else such a step writes is not seen by anybody.
  @Test func whatIsRefusedLeadsNowhere() throws {
    var schema = Schema()
    let flag = schema.field("flag", initially: false)
    let count = schema.field("count", in: 0...1, initially: 0)
    let mark = schema.field("mark", initially: false)
    let model = try Model("range", schema) {
      Action(
        "up", when: { _ in true },
        then: { state in
          state[flag] = state[count] == 1
          state[count] += 1
          state[mark] = state[flag]
        })
      Property.always("no flag") { !$0[flag] && !$0[mark] }
      Property.sometimes("one") { $0[count] == 1 }
    }
    let report = try model.check(CheckOptions(stopsAtFirst: false))
    #expect(report.verdict == .violated(Report.inRange) && report.states == 2 && report.transitions == 2)
    #expect(report.answers[0].outcome == .holds && report.answers[1].outcome.run?.steps.count == 1)
    #expect(report.counterexample?.steps.map(\.action) == ["up", "up"])
  }

  /// Whatever is nearer is told first.
  @Test func amongOthers() throws {
    for limit in 1...5 {
      let model = try Self.counter(limit)
      let report = try model.check(CheckOptions(stopsAtFirst: false))
      #expect(report.verdict == (limit <= 3 ? .violated("small") : .violated(Report.inRange)))
      #expect(report.answers.last?.outcome.run?.steps.count == 4)
    }
  }

  private static func counter(_ limit: Int) throws -> Model {
    var schema = Schema()
    let count = schema.field("count", in: 0...3, initially: 0)
    return try Model("counter", schema) {
      Action("up", when: { _ in true }, then: { $0[count] += 1 })
      Property.always("small") { $0[count] < limit }
    }
  }
}
