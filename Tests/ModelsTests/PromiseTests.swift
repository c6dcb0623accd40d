import Exploration
import Models
import Procedures
import Rules
import Testing

/// Promises by themselves; what variants and faults make of them is in `MatrixTests`.
@Suite struct PromiseTests {
  private func model(_ variant: String, faults: [String] = [], _ promises: [Promise], bounds: Bounds = withImporter) throws -> Model {
    var procedures = try ProcedureSet(variant: variant)
    for fault in faults { try procedures.apply(fault: fault) }
    return try Model(.privateMMIO, procedures: procedures, bounds: bounds, properties: [], promises: promises)
  }

  /// A guest that asks for a report of an interface in ERROR again and again holds nobody up: what it asks for takes no slot before
  /// the host generates it, and the host does that under the lock that an unbind holds.
  @Test func aGuestHoldsNoUnbindUp() throws {
    guard isOptimised else { return }
    let check = try check(model("mainline-7.1", [.noWaiterStarves]), limit: 20_000_000)
    #expect(check.verdict == .holds && check.neverOwed.isEmpty)
  }

  @Test func everyPromiseIsBrokenBySomeFault() throws {
    let broken = Set(try ProcedureSet.faultNames.flatMap { try ProcedureSet.fault($0).lapses })
    #expect(broken == Set(Promise.allCases))
    #expect(Set(Promise.allCases.map(\.id)).isDisjoint(with: Property.allCases.map(\.id)))
    for promise in Promise.allCases { #expect(Promise(id: promise.id) == promise && !promise.source.isEmpty) }
  }
}
