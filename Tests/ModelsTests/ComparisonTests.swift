import Documents
import Exploration
import Models
import Procedures
import Rules
import Testing

/// Two sets of procedures in one world, which is so small that a debug build sees all of it: nobody binds, nothing is faulted in.
@Suite struct ComparisonTests {
  private static func quiet(reset: String, memoryOff: String = "[{do: nothing}]", _ promises: [Promise] = [], milestones: [Milestone]? = []) throws
    -> Model
  {
    var procedures = try ProcedureSet()
    let fails = "[{do: fail}]"
    for (name, steps) in [("bind", fails), ("fault-shared", fails), ("memory-off", memoryOff), ("reset", reset)] {
      // Who resets nothing and switches nothing off reports nothing of that kind.
      let purpose = steps == fails ? "" : "purpose: none\n"
      try procedures.replace(name, with: ProcedureFile(Document(text: "procedure: \(name)\n\(purpose)steps: \(steps)\n", file: "\(name).yaml")))
    }
    return try Model(.privateMMIO, procedures: procedures, bounds: tiny, promises: promises, milestones: milestones)
  }

  private static let sound = "[{do: lock memory}, {do: unlock memory}]"
  /// Takes the lock and returns with it.
  private static let keeps = "[{do: lock memory}, {do: unlock memory, if: bound}]"
  /// Revokes, lets go of everything, and does not restore.
  private static let revokes = """
    [{do: lock memory}, {do: lock reservation}, {do: buffer.mark-revoked}, {do: unlock reservation}, {do: unlock memory}]
    """

  /// Who declares that all holds declares that something comes of it.
  @Test func whatIsDeadIsNotAsDeclared() throws {
    let dead = try Judgements(Self.quiet(reset: Self.sound, milestones: nil)), comparison = Comparison(left: dead, right: dead)
    #expect(dead.found.isEmpty && dead.missed.contains(.works(.bind)) && dead.missed.contains(.interfaceRuns))
    #expect(comparison.milestoneDifferences.isEmpty && comparison.milestones.contains { $0.left == false && $0.right == false })
    #expect(comparison.verdict(declared: .init(left: nil, right: nil)) == .same)
    #expect(comparison.verdict(declared: .init(left: .holds, right: nil)) == .notAsDeclared)
  }

  /// Who has another purpose is not asked, and reaches nothing by that: the one who is asked misses it, and that is no difference.
  @Test func whatIsNotAskedIsNotReached() throws {
    let failing = try Judgements(Self.quiet(reset: "[{do: fail}]", milestones: nil))
    let other = try Judgements(Self.quiet(reset: Self.sound, milestones: nil))
    let row = try #require(Comparison(left: failing, right: other).milestones.first { $0.milestone == .works(.reset) })
    #expect(row.left == false && row.right == nil && !row.isDifference)
  }

  @Test func theSameIsTheSame() throws {
    let side = try Judgements(Self.quiet(reset: Self.sound))
    let comparison = Comparison(left: side, right: side)
    #expect(comparison.isComplete && comparison.differences.isEmpty && comparison.shortest == nil)
    #expect(side.found.isEmpty && side.answers.allSatisfy { $0.answer == .holds })
    #expect(comparison.verdict(declared: .init(left: nil, right: nil)) == .same)
    #expect(comparison.verdict(declared: .init(left: .holds, right: .holds)) == .asDeclared)
    #expect(comparison.verdict(declared: .init(left: .holds, right: .violates([.deadlock], []))) == .notAsDeclared)
  }

  @Test func whatDiffersIsFoundOnItsSide() throws {
    let left = try Judgements(Self.quiet(reset: Self.sound)), right = try Judgements(Self.quiet(reset: Self.keeps))
    let comparison = Comparison(left: left, right: right)
    let row = try #require(comparison.shortest)
    #expect(row.asked == .property(.deadlock) && row.brokenSide == .right)
    #expect(comparison.differences.map(\.asked) == [.property(.deadlock)])
    guard case .counterexample(let found)? = row.finding?.path else {
      Issue.record("no path")
      return
    }
    // Requested, locked, and returned.
    #expect(found.actions.count == 3)
    confirm(found, of: right.model)
    #expect(comparison.verdict(declared: .init(left: nil, right: nil)) == .differs)
    #expect(comparison.verdict(declared: .init(left: .holds, right: nil)) == .differs)
    #expect(comparison.verdict(declared: .init(left: .violates([.deadlock], []), right: nil)) == .notAsDeclared)
    #expect(Comparison(left: right, right: left).shortest?.brokenSide == .left)
  }

  /// Two things are wrong; each is found as by a check that asks for nothing else.
  @Test func noPropertyHidesAnother() throws {
    let model = try Self.quiet(reset: Self.keeps, memoryOff: Self.revokes)
    let side = try Judgements(model)
    #expect(Set(side.found.map(\.witness)).isSuperset(of: [.property(.deadlock), .property(.bufferStaysRevoked)]))
    for (asked, answer) in side.answers {
      guard case .property(let property) = asked else { continue }
      let alone = try Check(Model(.privateMMIO, procedures: model.procedures, bounds: tiny, properties: [property]))
      switch answer {
      case .broken(let found): #expect(alone.counterexample?.id == found.id, "\(property.id)")
      default: #expect(answer == .holds && alone.verdict == .holds, "\(property.id)")
      }
    }
    let lengths = side.found.map(\.steps)
    #expect(lengths == lengths.sorted())
  }

  /// Goes round and round, with nothing held.
  private static let spins = "[{name: again, do: nothing}, {do: jump, to: again}]"

  /// What must come is compared as well, and a property that breaks does not hide it.
  @Test func promisesAreCompared() throws {
    let left = try Judgements(Self.quiet(reset: Self.sound, Promise.allCases))
    let right = try Judgements(Self.quiet(reset: Self.spins, memoryOff: Self.keeps, Promise.allCases))
    let starves = Finding.Witness.promise(.noWaiterStarves)
    #expect(left[starves] == .holds && left[.promise(.revocationCompletes)] == .neverOwed && left.found.isEmpty)
    #expect(right.found.map(\.witness).contains(.property(.deadlock)))
    let comparison = Comparison(left: left, right: right)
    #expect(comparison.isComplete && comparison.verdict(declared: .init(left: nil, right: nil)) == .differs)
    let row = try #require(comparison.rows.first { $0.asked == starves })
    guard row.brokenSide == .right, case .lapse(let lapse)? = row.finding?.path else {
      Issue.record("\(row)")
      return
    }
    // Requested; and then the two steps for ever.
    #expect(lapse.stem.count == 1 && lapse.cycle.count == 2 && row.finding?.length == "1+2")
    let alone = try Check(Model(.privateMMIO, procedures: right.model.procedures, bounds: tiny, properties: [], promises: [.noWaiterStarves]))
    #expect(alone.lapse?.id == lapse.id)
    try confirm(lapse, of: alone.model)
  }

  /// A variant's file names all that breaks, a fault's what comes first.
  @Test func whatIsDeclaredIsHeldToTheWhole() throws {
    let model = try Self.quiet(reset: Self.keeps, memoryOff: Self.spins, Promise.allCases), side = try Judgements(model)
    // A task that keeps a lock and one that goes round: whoever closes the device waits for the first.
    let broken = side.found.map(\.witness)
    let properties = Property.allCases.filter { broken.contains(.property($0)) }, promises = Promise.allCases.filter { broken.contains(.promise($0)) }
    #expect(properties.contains(.deadlock) && promises.contains(.noWaiterStarves))
    #expect(side.mayBe(.violates(properties, promises)) && side.isJust(.violates(properties, promises)))
    #expect(!side.mayBe(.violates(properties, [])) && !side.mayBe(.holds))
    // Named, and it does not break: a world without an importer could be the reason, so it is allowed there and is not just that.
    let more = Variant.Expectation.violates(properties + [.importerUsesRevokedBuffer], promises)
    #expect(side.mayBe(more) && !side.isJust(more))
    #expect(side.mayBe(.beginsWith([.deadlock])) && !side.mayBe(.beginsWith([.booksContradict])))
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
