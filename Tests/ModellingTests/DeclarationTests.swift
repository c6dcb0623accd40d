import Modelling
import Testing

private enum Nobody: CaseIterable {}
private enum Partial: CaseIterable {
  case listed, left
  static let allCases: [Partial] = [.listed]
}

/// What is wrong with a model is said when it is made, and never later.
@Suite struct DeclarationTests {
  private func error(
    _ declare: (inout Schema) -> Void, @ModelBuilder _ parts: () -> [ModelBuilder.Part] = { idle() }
  ) -> ModelError? {
    var schema = Schema()
    declare(&schema)
    do {
      _ = try Model("broken", schema, parts)
      return nil
    } catch {
      return error
    }
  }

  static func idle(_ name: String = "idle") -> [ModelBuilder.Part] { [.action(Action(name, when: { _ in false }, then: { _ in }))] }

  @Test func fields() {
    #expect(error { _ in } == nil)
    #expect(error { _ = $0.field("x", in: 0...3, initially: 4) } == .initialValue(field: "x", value: "4"))
    #expect(error { _ = $0.field("p", initially: Partial.left) } == .initialValue(field: "p", value: "left"))
    #expect(error { _ = $0.field("x", count: 0, initially: false) } == .noElements(field: "x", count: 0))
    #expect(error { _ = $0.field("x", count: -3, in: 0...1, initially: 0) } == .noElements(field: "x", count: -3))
    let twice = error {
      _ = $0.field("x", initially: false)
      _ = $0.field("x", in: 0...3, initially: 0)
    }
    #expect(twice == .declaredTwice("field", "x"))
    #expect(twice?.code == "declared-twice" && twice?.description == "there are two of one name: field 'x'")
  }

  @Test func actionsAndProperties() {
    #expect(error({ _ in }, { Property.always("true") { _ in true } }) == .noActions)
    let twice = error({ _ in }) {
      Action("go", when: { _ in true }, then: { _ in })
      Action("go", each: 0..<2, when: { _, _ in true }, then: { _, _ in })
    }
    #expect(twice == .declaredTwice("action", "go"))
    let sameIndex = error({ _ in }) { Action("go", each: [0, 0], when: { _, _ in true }, then: { _, _ in }) }
    #expect(sameIndex == .declaredTwice("action", "go(0)"))
    let sameText = error({ _ in }) {
      Action("go(1)", when: { _ in true }, then: { _ in })
      Action("go", each: 0..<2, when: { _, _ in true }, then: { _, _ in })
    }
    #expect(sameText == .declaredTwice("action", "go(1)"))
    let asked = error({ _ in }) {
      Action("go", when: { _ in true }, then: { _ in })
      for _ in 0..<2 { Property.always("true") { _ in true } }
    }
    #expect(asked == .declaredTwice("property", "true"))
  }

  @Test func numbers() {
    let properties = error({ _ in }) {
      Action("go", when: { _ in true }, then: { _ in })
      for i in 0..<255 { Property.always("\(i)") { _ in true } }
    }
    #expect(properties == .tooMany("properties", count: 255, most: 254))
    let predicates = error({ _ in }) {
      Action("go", when: { _ in true }, then: { _ in })
      for i in 0..<17 { Property.leadsTo("\(i)", from: { _ in true }, to: { _ in true }) }
    }
    #expect(predicates == .tooMany("predicates in properties of behaviours", count: 34, most: 32))
    let fair = error({ _ in }) {
      Action("go", each: 0..<65, fairness: .weak, when: { _, _ in true }, then: { _, _ in })
      Property.alwaysEventually("true") { _ in true }
    }
    #expect(fair == .tooMany("fair instances of actions", count: 65, most: 64))
    let deadlocks = error({ _ in }) {
      Action("go", when: { _ in true }, then: { _ in })
      Property.neverDeadlocks("one")
      Property.neverDeadlocks("another", except: { _ in true })
    }
    #expect(deadlocks == .tooMany("questions for deadlocks", count: 2, most: 1))
  }

  @Test func options() throws {
    let model = try Model("idle", Schema()) { Action("idle", when: { _ in false }, then: { _ in }) }
    #expect(try model.check().states == 1)
    #expect(throws: ModelError.self) { try model.check(CheckOptions(threads: 0)) }
    #expect(throws: ModelError.self) { try model.check(CheckOptions(limit: 0)) }
  }

  /// `if`, `for` and two indices, and what they are called.
  @Test(arguments: [false, true]) func builder(isLong: Bool) throws {
    var schema = Schema()
    let at = schema.field("at", count: 2, in: 0...9, initially: 0)
    let model = try Model("builder", schema) {
      if isLong { Action("jump", when: { $0[at, 0] == 0 }, then: { $0[at, 0] = 9 }) } else { Property.sometimes("at 1") { $0[at, 0] == 1 } }
      for step in 1...2 {
        Action("by\(step)", each: at.indices, when: { $0[at, $1] + step <= 9 }, then: { $0[at, $1] += step })
      }
      Action("swap", each: [0], and: ["x", "y"], when: { state, _, _ in state[at, 0] == 9 }, then: { state, i, _ in state[at, i] = 0 })
      if isLong { Property.sometimes("at 9") { $0[at, 1] == 9 } }
    }
    #expect(model.actions.map(\.name) == (isLong ? ["jump"] : []) + ["by1", "by2", "swap"])
    #expect(model.properties.count == 1)
    let report = try model.check()
    #expect(report.states == 100 && report.verdict == .holds && report.neverFired.isEmpty)
    // From 0...9 one on, from 0...8 two on, for each of both; two ways to swap at 9; the jump from 0.
    let others = isLong ? 30 : 20
    #expect(report.transitions == UInt64((9 + 8) * 10 * 2 + others))
  }
}
