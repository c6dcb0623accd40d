import Documents
import Machine
import Procedures
import Rules
import Testing

import Scenarios

/// Every built-in scenario on every variant, as it is and with every fault, before the judge: what a run did is done again on the
/// same machine, action by action, and the judge says of each what may move and what must not be.
struct JudgeScenarioTests {
  #if DEBUG
    // A debug build is slow: all variants once, and a spread of faults.
    static let faults = ["", "unmap-before-stop", "forget-invalidation"]
    static func isAsked(_ scenario: String, _ variant: String, _ fault: String) -> Bool {
      fault.isEmpty ? variant == ProcedureSet.defaultVariant || scenario == "p2p-into-revoked" : scenario == "private-mmio"
    }
  #else
    static let faults = [""] + ProcedureSet.faultNames + Guard.laws.map { "drop-guard:\($0.id)" }
    static func isAsked(_ scenario: String, _ variant: String, _ fault: String) -> Bool {
      // Guards are the same for all variants and scenarios: one of each is enough.
      if fault.hasPrefix("drop-guard:") { return variant == ProcedureSet.defaultVariant && scenario == "private-mmio" }
      // What is forgiven is forgiven by the call's name, and here another procedure makes the same call and is not forgiven.
      return fault != "busy-is-every-error" || ["unbind-first", "vmm-sequences"].contains(variant)
    }
  #endif

  /// The machine of a run, once more.
  private func machine(of run: Run) throws -> Machine {
    let header = run.header
    let scenario = try #require(header.scenario), source = try #require(header.machine)
    let file = try ScenarioFile(scenario)
    let procedures = try header.host.procedures(with: file.faults)
    var book = Rulebook(law: procedures.law, playbook: try procedures.playbook())
    book.parameters.strictDMA = procedures.needsStrictDMA
    return try Machine(file.machine(source), book, seed: header.seed)
  }

  @Test(arguments: BuiltInScenarios.names, ProcedureSet.variantNames)
  func everyScenarioIsJudged(scenario: String, variant: String) throws {
    for fault in Self.faults where Self.isAsked(scenario, variant, fault) {
      guard let run = try run(scenario, on: variant, fault: fault, payload: 100) else { continue }
      let judge = Judge(try machine(of: run)), isWhole = !fault.hasPrefix("drop-guard:")
      if fault == "busy-is-every-error" { judge.forgiven = ["TDH.MMIO.UNMAP"] }
      judge.takesLocksAway = fault == "unlocked-revoke"
      // Without a guard the judge's own looking around would be the first harm.
      if !isWhole { (judge.isPatient, judge.look) = (true, .atTables) }
      judge.perform(run.events.compactMap { $0.action.flatMap { Action($0) } })
      let isUnseen = Guard(id: String(fault.dropFirst("drop-guard:".count))).map { JudgedCounterexample.unseen[$0] != nil } ?? false
      let disagreement = judge.disagreement(isWhole: isWhole)
      #expect(disagreement == nil || isUnseen, "\(scenario) on \(variant) with \(fault)")
      // Both followed the same run: what looks around leaves no trace.
      #expect(judge.machine.violation?.property == run.violation?.property, "\(scenario) on \(variant) with \(fault)")
    }
  }
}
