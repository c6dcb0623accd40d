import Exploration
import Models
import Procedures
import Rules
import Testing

/// What the explorations of small worlds come to.
@Suite struct VerdictTests {
  /// A variant's file says what it should come to. A debug build looks at the first states only: it may not contradict.
  @Test(arguments: ProcedureSet.variantNames) func variantsAsTheirFilesExpect(variant: String) throws {
    let expectation = try #require(try ProcedureSet(variant: variant).variant.expectation(on: "tdx"))
    // What is to hold is to hold throughout; what fails fails sooner with an importer at hand.
    let model = try model(variant: variant, bounds: expectation == .holds ? tiny : withImporter)
    let check = try check(model)
    switch (expectation, check.verdict) {
    case (.holds, .holds): break
    case (.violates(let properties), .violated(let property)):
      #expect(properties.contains(property), "\(variant) breaks \(property.id)")
    case (_, .incomplete(let reason)): #expect(!isOptimised, "\(variant): \(reason)")
    case (_, let verdict): Issue.record("\(variant): \(verdict), against \(expectation)")
    }
    if let found = check.counterexample { confirm(found, of: model) }
  }

  /// Every fault that promises to break something does so on a variant that it is made for, by a path that can be replayed.
  @Test(arguments: ProcedureSet.faultNames) func faultsBreakWhatTheySay(fault: String) throws {
    let file = try ProcedureSet.fault(fault)
    let variant = file.variants.first ?? ProcedureSet.defaultVariant
    // A hostile world is large.
    let model = try model(variant: variant, faults: [fault], bounds: file.needsHostileVMM ? tiny : withImporter)
    #expect(model.book.parameters.strictDMA == file.needsStrictDMA)
    #expect((model.book.cast == .hostileVMM) == file.needsHostileVMM)
    let check = try check(model, limit: file.needsHostileVMM ? 30 * stateLimit : stateLimit)
    switch check.verdict {
    case .violated(let property): #expect(file.breaks.contains(property), "\(fault) on \(variant) breaks \(property.id)")
    case .holds: #expect(file.breaks.isEmpty, "\(fault) on \(variant) is not caught")
    case .notKept: Issue.record("no promise was asked for")
    case .incomplete(let reason): #expect(!isOptimised, "\(fault) on \(variant): \(reason)")
    }
    if let found = check.counterexample { confirm(found, of: model) }
    #expect(!file.breaks.isEmpty || !file.lapses.isEmpty || file.refusedBy != nil)
    #expect(file.breaks.isEmpty || file.refusedBy == nil)
  }

  /// What a fault alone does not break it breaks together with the guard that refuses it.
  @Test(arguments: try! ProcedureSet.faultNames.filter { try ProcedureSet.fault($0).refusedBy != nil })
  func whatIsRefusedWouldBreakSomething(fault: String) throws {
    let file = try ProcedureSet.fault(fault), law = try #require(file.refusedBy)
    let variant = file.variants.first ?? ProcedureSet.defaultVariant
    let check = try check(model(variant: variant, faults: [fault, "drop-guard:\(law.id)"], bounds: withImporter))
    #expect(check.counterexample != nil || !isOptimised, "\(fault) without \(law.id)")
  }

  /// The kernel stands against any VMM, and with the check that keeps its page faults out of an unbind left out it does not.
  @Test(.serialized, arguments: ["unbind-first", "vmm-sequences"]) func theKernelStandsAgainstAHostileVMM(variant: String) throws {
    let check = try check(model(variant: variant, isHostile: true), limit: 30 * stateLimit, threads: 2)
    switch check.verdict {
    case .holds: break
    case .violated(let property): Issue.record("\(variant) breaks \(property.id)")
    case .notKept: Issue.record("no promise was asked for")
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

  @Test func tooLarge() throws {
    let procedures = try ProcedureSet()
    for bounds in [
      Bounds(devices: 3), Bounds(devices: 0), Bounds(pages: 5), Bounds(pages: 0), Bounds(importers: 5), Bounds(memory: 0),
      Bounds(memory: 3),
    ] {
      #expect(throws: Model.Failure.tooLarge(bounds)) { try Model(.privateMMIO, procedures: procedures, bounds: bounds) }
    }
  }
}
