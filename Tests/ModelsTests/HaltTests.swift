import Documents
import Models
import Procedures
import Rules
import Testing

/// Why something is nowhere: how far the procedure comes that is there for it.
@Suite struct HaltTests {
  private func halts(_ edit: String) throws -> [Halt] {
    var procedures = try ProcedureSet()
    try procedures.apply(FaultFile(Document(text: "fault: f\nedits:\n  - {procedure: bind, \(edit)}\n", file: "f.yaml")))
    let check = try check(Model(.privateMMIO, procedures: procedures, bounds: tiny), limit: 100_000)
    #expect(check.verdict == .neverReached(.works(.bind)))
    return check.halts
  }

  @Test func whatIsRefusedIsNamed() throws {
    let bind = try #require(try halts("remove: lock").first { $0.procedure == .bind })
    #expect(bind.isBegun && bind.refused.first?.step == "lock-relay" && bind.refused.first?.guards == [.notNow])
    #expect(bind.unreached == "locked")
  }

  @Test func whereNobodyComesIsNamed() throws {
    let halts = try halts("insert-after: lock tsm, steps: [{do: jump, unless: bound, to: out}]")
    let bind = try #require(halts.first { $0.procedure == .bind })
    #expect(bind.refused.isEmpty && bind.unreached == "jump (step 3)")
    // What needs an interface is not even begun.
    #expect(halts.first { $0.procedure == .unbind }?.isBegun == false)
  }

  @Test func whereNothingIsMissedThereIsNone() throws {
    let check = try check(Model(.privateMMIO, procedures: ProcedureSet(), bounds: tiny), limit: isOptimised ? 2_000_000 : 5_000)
    #expect(check.halts.isEmpty)
  }
}
