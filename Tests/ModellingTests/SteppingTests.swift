import Modelling
import Testing

/// A model walked by hand.
@Suite struct SteppingTests {
  @Test func aRunCanBeFollowed() throws {
    let model = try revocation(importers: 2, .completesAtOnce)
    let run = try #require(try model.check().counterexample)
    var state = model.initial
    for step in run.steps {
      #expect(model.possible(in: state).contains(step.action))
      let next = try #require(model.state(after: step.action, in: state))
      #expect(model.changes(from: state, to: next) == step.changes)
      state = next
    }
    #expect(model.possible(in: state) == ["finish(0)", "restore"])
    #expect(model.changes(from: model.initial, to: state).map(\.field) == ["buffer", "importer", "mappings"])
    #expect(model.changes(from: state, to: state) == [])
  }

  @Test func whatIsNotPossible() throws {
    let model = try revocation(importers: 2, .mapsTwice)
    #expect(model.possible(in: model.initial) == ["map(0)", "map(1)", "revoke"])
    #expect(model.state(after: "begin(0)", in: model.initial) == nil)
    #expect(model.state(after: "map(2)", in: model.initial) == nil)
    let full = try #require(model.state(after: "map(0)", in: model.initial).flatMap { model.state(after: "map(0)", in: $0) })
    // There is no room for a third in `mappings`.
    #expect(model.possible(in: full).contains("map(1)") && model.state(after: "map(1)", in: full) == nil)
  }
}
