import Exploration
import Models
import Procedures
import Rules
import Testing

/// What must come, does: in every sound variant. And each promise is broken by a fault that says so.
@Suite struct PromiseTests {
  private func model(_ variant: String, faults: [String] = [], _ promises: [Promise], bounds: Bounds = withImporter) throws -> Model {
    var procedures = try ProcedureSet(variant: variant)
    for fault in faults { try procedures.apply(fault: fault) }
    return try Model(.privateMMIO, procedures: procedures, bounds: bounds, properties: [], promises: promises)
  }

  @Test(arguments: ["unbind-first", "vmm-sequences"]) func soundVariantsKeepThemAll(variant: String) throws {
    let check = try check(model(variant, Promise.allCases))
    switch check.verdict {
    case .holds: #expect(check.neverOwed.isEmpty)
    case .incomplete: #expect(!isOptimised)
    case .violated(let property): Issue.record("\(property) was not asked")
    case .notKept(let promise): Issue.record("\(variant) does not keep \(promise.id): \(String(describing: check.lapse))")
    }
  }

  /// A guest that asks for a report of an interface in ERROR again and again holds an unbind up for ever, which carries every
  /// message to its end before it poses STOP.
  @Test func aGuestHoldsAnUnbindUp() throws {
    guard isOptimised else { return }
    let check = try check(model("mainline-7.1", [.noWaiterStarves]), limit: 20_000_000)
    #expect(check.verdict == .notKept(.noWaiterStarves))
    try confirm(#require(check.lapse), of: check.model)
  }

  @Test(arguments: try! ProcedureSet.faultNames.filter { try !ProcedureSet.fault($0).lapses.isEmpty })
  func faultsBreakThePromisesTheyName(fault: String) throws {
    let file = try ProcedureSet.fault(fault), variant = file.variants.first ?? ProcedureSet.defaultVariant
    for promise in file.lapses {
      let check = try check(model(variant, faults: [fault], [promise]))
      #expect(check.verdict == .notKept(promise) || !isOptimised, "\(fault) keeps \(promise.id)")
      if let lapse = check.lapse { try confirm(lapse, of: check.model) }
    }
  }

  @Test func everyPromiseIsBrokenBySomeFault() throws {
    let broken = Set(try ProcedureSet.faultNames.flatMap { try ProcedureSet.fault($0).lapses })
    #expect(broken == Set(Promise.allCases))
    #expect(Set(Promise.allCases.map(\.id)).isDisjoint(with: Property.allCases.map(\.id)))
    for promise in Promise.allCases { #expect(Promise(id: promise.id) == promise && !promise.source.isEmpty) }
  }

  /// The way leads to its turn, the rounds lead back to it, and something is owed all the while.
  private func confirm(_ lapse: Lapse, of model: Model) throws {
    var (world, broken) = replay(lapse.stem, of: model, on: TableWorld(bounds: model.book.bounds))
    #expect(broken == nil)
    _ = world.takeJournal()
    let turn = world
    for round in 1...2 {
      for action in lapse.cycle {
        #expect(world.perform(action, model.book).changesTheWorld, "round \(round): \(action)")
        #expect(PromiseInstance.all(lapse.promise, model.book.bounds).contains { world.isOwed($0, model.book) })
      }
      #expect(world == turn)
    }
    #expect(PromiseInstance.all(lapse.promise, model.book.bounds).contains { turn.isOwed($0, model.book) })
  }
}
