import Documents
import Exploration
import Models
import Procedures
import Rules
import Testing

/// Two sets of procedures in one world, which is so small that a debug build sees all of it: nobody binds, nothing is faulted in.
@Suite struct ComparisonTests {
  private static func quiet(reset: String, memoryOff: String = "[{do: nothing}]") throws -> Model {
    var procedures = try ProcedureSet()
    let fails = "[{do: fail}]"
    for (name, steps) in [("bind", fails), ("fault-shared", fails), ("memory-off", memoryOff), ("reset", reset)] {
      try procedures.replace(name, with: ProcedureFile(Document(text: "procedure: \(name)\nsteps: \(steps)\n", file: "\(name).yaml")))
    }
    return try Model(.privateMMIO, procedures: procedures, bounds: tiny)
  }

  private static let sound = "[{do: lock memory}, {do: unlock memory}]"
  /// Takes the lock and returns with it.
  private static let keeps = "[{do: lock memory}, {do: unlock memory, if: bound}]"
  /// Revokes, lets go of everything, and does not restore.
  private static let revokes = """
    [{do: lock memory}, {do: lock reservation}, {do: buffer.mark-revoked}, {do: unlock reservation}, {do: unlock memory}]
    """

  @Test func theSameIsTheSame() throws {
    let side = try Judgements(Self.quiet(reset: Self.sound))
    let comparison = Comparison(left: side, right: side)
    #expect(comparison.isComplete && comparison.differences.isEmpty && comparison.shortest == nil)
    #expect(side.found.isEmpty && side.answers.allSatisfy { $0.answer == .holds })
    #expect(comparison.verdict(declared: .init(left: nil, right: nil)) == .same)
    #expect(comparison.verdict(declared: .init(left: .holds, right: .holds)) == .asDeclared)
    #expect(comparison.verdict(declared: .init(left: .holds, right: .violates([.deadlock]))) == .notAsDeclared)
  }

  @Test func whatDiffersIsFoundOnItsSide() throws {
    let left = try Judgements(Self.quiet(reset: Self.sound)), right = try Judgements(Self.quiet(reset: Self.keeps))
    let comparison = Comparison(left: left, right: right)
    let row = try #require(comparison.shortest)
    #expect(row.property == .deadlock && row.brokenSide == .right)
    #expect(comparison.differences.map(\.property) == [.deadlock])
    let found = try #require(row.counterexample)
    // Requested, locked, and returned.
    #expect(found.actions.count == 3)
    confirm(found, of: right.model)
    #expect(comparison.verdict(declared: .init(left: nil, right: nil)) == .differs)
    #expect(comparison.verdict(declared: .init(left: .holds, right: nil)) == .differs)
    #expect(comparison.verdict(declared: .init(left: .violates([.deadlock]), right: nil)) == .notAsDeclared)
    #expect(Comparison(left: right, right: left).shortest?.brokenSide == .left)
  }

  /// Two things are wrong; each is found as by a check that asks for nothing else.
  @Test func noPropertyHidesAnother() throws {
    let model = try Self.quiet(reset: Self.keeps, memoryOff: Self.revokes)
    let side = try Judgements(model)
    #expect(Set(side.found.map(\.property)).isSuperset(of: [.deadlock, .bufferStaysRevoked]))
    for found in side.found {
      let alone = try Check(Model(.privateMMIO, procedures: model.procedures, bounds: tiny, properties: [found.property]))
      #expect(alone.counterexample?.id == found.id, "\(found.property.id)")
    }
    for (property, answer) in side.answers where answer == .holds {
      let alone = try Check(Model(.privateMMIO, procedures: model.procedures, bounds: tiny, properties: [property]))
      #expect(alone.verdict == .holds, "\(property.id)")
    }
    let lengths = side.found.map(\.actions.count)
    #expect(lengths == lengths.sorted())
  }

  /// What was not seen is not said.
  @Test func aLimitLeavesTheRestUnknown() throws {
    let side = try Judgements(Self.quiet(reset: Self.sound), options: SearchOptions(limit: 20))
    #expect(!side.isComplete && side.found.isEmpty)
    #expect(side.answers.allSatisfy { $0.answer == .incomplete("limit") })
    let comparison = Comparison(left: side, right: try Judgements(Self.quiet(reset: Self.sound)))
    #expect(comparison.verdict(declared: .init(left: nil, right: nil)) == .incomplete)
    #expect(comparison.verdict(declared: .init(left: .holds, right: .holds)) == .incomplete)
    // A break that is known is none of the other's business while that is not known.
    let broken = Comparison(left: side, right: try Judgements(Self.quiet(reset: Self.keeps)))
    #expect(broken.differences.isEmpty && broken.verdict(declared: .init(left: nil, right: nil)) == .incomplete)
  }
}
