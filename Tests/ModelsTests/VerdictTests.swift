import Documents
import Exploration
import Models
import Procedures
import Rules
import Testing

/// What the explorations of small worlds come to.
@Suite struct VerdictTests {
  /// The kernel stands against any VMM, and with the check that keeps its page faults out of an unbind left out it does not.
  @Test(.serialized, arguments: ["unbind-first", "vmm-sequences"]) func theKernelStandsAgainstAHostileVMM(variant: String) throws {
    let check = try check(model(variant: variant, isHostile: true), limit: 30 * stateLimit, threads: 2)
    switch check.verdict {
    case .holds: break
    case .violated(let property): Issue.record("\(variant) breaks \(property.id)")
    case .notKept: Issue.record("no promise was asked for")
    case .neverReached(let milestone): Issue.record("\(variant) never comes to \(milestone.id)")
    case .incomplete(let reason): #expect(!isOptimised, "\(variant): \(reason)")
    }
  }

  /// The firmware against any host, from the beginning and from a running interface, for as many states as a test has time for.
  @Test(arguments: [ModelKind.untrustedHost, .runningInterface]) func theFirmwareStands(kind: ModelKind) throws {
    let check = try check(model(kind), limit: min(stateLimit, 1_000_000))
    if case .violated(let property) = check.verdict { Issue.record("\(kind) breaks \(property.id)") }
    #expect(check.report.states >= 8_000)
  }

  /// A guard that is gone shows what it was for, a few steps from a running interface.
  @Test(arguments: [Guard.tlpT0Unlocked, .devifCreateAbsent, .encryptionKey, .iommuPrivateNeedsT])
  func whatGuardsAreFor(law: Guard) throws {
    let model = try model(.runningInterface, faults: ["drop-guard:\(law.id)"])
    let check = try check(model)
    guard let found = check.counterexample else {
      Issue.record("\(law.id) is not missed")
      return
    }
    #expect(found.actions.count <= 4)
    confirm(found, of: model)
  }

  /// A message that is left behind when the TSM lock goes is carried by nobody: whoever poses the next one waits for ever.
  @Test func aMessageThatIsLeftBehind() throws {
    let text = """
      procedure: reset
      summary: asks for the interface's state, and does not wait for the answer
      source: a mistake
      steps:
        - do: lock tsm
        - {do: TDH.DEVIF.REQUEST(STATE), if: interface-present}
        - do: unlock tsm
      """
    var procedures = try ProcedureSet(variant: ProcedureSet.defaultVariant)
    try procedures.replace("reset", with: ProcedureFile(Document(text: text, file: "reset.yaml")))
    let model = try Model(.privateMMIO, procedures: procedures, bounds: tiny, properties: [.deadlock])
    let check = try check(model, limit: isOptimised ? 1_000_000 : 60_000)
    #expect(check.verdict == .violated(.deadlock) || !isOptimised)
    if let found = check.counterexample { confirm(found, of: model) }
  }

  @Test func wrongSize() throws {
    let procedures = try ProcedureSet()
    for bounds in [
      Bounds(devices: 3), Bounds(devices: 0), Bounds(pages: 5), Bounds(pages: 0), Bounds(importers: 5), Bounds(memory: 0),
      Bounds(memory: 3),
    ] {
      #expect(throws: Model.Failure.wrongSize(bounds)) { try Model(.privateMMIO, procedures: procedures, bounds: bounds) }
    }
  }
}
