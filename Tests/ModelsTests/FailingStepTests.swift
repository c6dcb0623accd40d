import Documents
import Models
import Procedures
import Rules
import Testing

/// A step fails for no reason that a rule knows, and what its file says then is walked.
@Suite struct FailingStepTests {
  private func model(_ edits: [String] = [], variant: String = "unbind-first", failing: Set<Procedure> = []) throws -> Model {
    var procedures = try ProcedureSet(variant: variant)
    if !edits.isEmpty {
      let text = "fault: mine\nedits:\n" + edits.map { "  - {\($0)}\n" }.joined()
      try procedures.apply(FaultFile(Document(text: text, file: "mine.yaml")))
    }
    return try Model(.privateMMIO, procedures: procedures, bounds: tiny, with: OptionalActors(failing: failing))
  }

  /// Sound variants hold with every error branch that their procedures have, but `disconnect`'s: that has nothing to fall back on.
  @Test(arguments: ["unbind-first", "vmm-sequences", "refuse-while-bound"], [Procedure.bind, .connect, .accept, .faultPrivate, .faultShared])
  func theBuiltInOnesCope(variant: String, failing: Procedure) throws {
    let model = try model(variant: variant, failing: [failing])
    #expect(model.optional.failing == [failing])
    let check = try check(model, limit: isOptimised ? 5_000_000 : 20_000)
    #expect(check.counterexample == nil && (check.verdict == .holds || !isOptimised))
    #expect(!isOptimised || !check.neverFired.contains(.failStep(failing, task: 0)))
  }

  @Test func whoDisconnectsHalfHasNothingToFallBackOn() throws {
    let model = try model(failing: [.disconnect]), check = try check(model)
    #expect(check.verdict == .violated(.notReleased))
    let found = try #require(check.counterexample)
    #expect(found.actions.contains(.failStep(.disconnect, task: 0)))
    confirm(found, of: model)
  }

  /// Nothing refuses these steps in any model, so that without a failure by chance each of these edits would hold.
  @Test(arguments: [
    ("bind", "procedure: bind, remove: remove", Property.booksContradict),
    ("bind", "procedure: bind, replace: TDH.DEVIF.CREATE, steps: [{do: TDH.DEVIF.CREATE, error: go close}]", .bufferStaysRevoked),
    ("bind", "procedure: bind, replace: TDH.DEVIF.CREATE, steps: [{do: TDH.DEVIF.CREATE}]", .deadlock),
    ("bind", "procedure: bind, replace: locked, steps: [{name: locked, do: TDH.DEVIF.RESPONSE, error: ignore}]", .deadlock),
    ("accept", "procedure: accept, replace: TDH.DMAR.ADD, steps: [{do: TDH.DMAR.ADD}]", .deadlock),
    ("accept", "procedure: accept, replace: TDH.DMAR.ADD, steps: [{do: TDH.DMAR.ADD, error: kill}]", .hostKillsVM),
    ("connect", "procedure: connect, remove: TDH.SPDM.DELETE", .notReleased),
    ("connect", "procedure: connect, remove: failed", .notReleased),
    ("fault-private", "procedure: fault-private, remove: undo", .booksContradict),
  ])
  func aForgottenErrorBranchIsFound(procedure: String, edit: String, property: Property) throws {
    let model = try model([edit])
    #expect(model.optional.failing.map(\.id) == [procedure])
    let check = try check(model, limit: isOptimised ? 5_000_000 : 40_000)
    let found = try #require(check.counterexample)
    #expect(check.verdict == .violated(property))
    #expect(found.actions.contains { if case .failStep = $0 { true } else { false } })
    confirm(found, of: model)
  }

  /// The branch is as it was, and what is held or begun when it is taken is not.
  @Test func whatIsHeldBeforeAFailureIsFound() throws {
    let edits = [
      "procedure: accept, insert-before: TDH.DMAR.ADD, steps: [{do: lock memory}]",
      "procedure: accept, insert-after: TDH.DMAR.ADD, steps: [{do: unlock memory}]",
    ]
    let model = try model(edits), check = try check(model, limit: isOptimised ? 5_000_000 : 40_000)
    #expect(check.verdict == .violated(.deadlock))
    confirm(try #require(check.counterexample), of: model)
  }

  /// What never fails, nobody enters, or tries again where it is brings no failures in; nor does a disconnect of one's own, which could not
  /// answer them.
  @Test(arguments: [
    "procedure: reset, remove: buffer.wait-fences", "procedure: close, remove: vfio.zap",
    "procedure: open, insert-before: vfio.open, steps: [{do: nothing}]",
    "procedure: reset, insert-after: restored, steps: [{do: unlock memory, error: go restored}, {do: lock memory}]",
    "procedure: memory-off, replace: TDH.DEVIF.REMOVE, steps: [{name: again, do: TDH.DEVIF.REMOVE, error: go again}]",
    "procedure: disconnect, replace: end, steps: [{name: end, do: TDH.SPDM.DISCONNECT, error: ignore}]",
  ])
  func otherEditsBringNoFailures(edit: String) throws { #expect(try model([edit]).optional.failing.isEmpty) }

  /// A step that was put beside one with a branch has none of its own and does not fail: who asks the state in between is not blamed.
  @Test func whatIsInsertedDoesNotFail() throws {
    let state = "{do: TDH.DEVIF.REQUEST(STATE), error: ignore}, {do: tdisp.relay, error: ignore}, {do: TDH.DEVIF.RESPONSE, error: ignore}"
    let check = try check(model(["procedure: bind, insert-before: lock, steps: [\(state)]"]), limit: isOptimised ? 5_000_000 : 20_000)
    #expect(check.counterexample == nil && (check.verdict == .holds || !isOptimised))
  }

  /// A task that is elsewhere, or another procedure's, or at a line that cannot fail: refused, and the world is what it was.
  @Test func onlyWhatSaysSoFails() throws {
    let model = try model()
    var world = model.initial
    func refuses(_ procedure: Procedure, task: UInt8) -> Bool {
      var copy = world
      return copy.perform(.failStep(procedure, task: task), model.book) == .refused(.notNow) && copy == world
    }
    #expect(refuses(.bind, task: 0))
    #expect(world.perform(.request(.bind, device: 0, page: 0), model.book) == .accepted)
    // `lock tsm` cannot fail.
    #expect(refuses(.bind, task: 0))
    while world.pendingStep(of: 0, model.book)?.step != .devifCreate { _ = world.perform(.advance(task: 0), model.book) }
    #expect(refuses(.accept, task: 0) && refuses(.bind, task: 1))
    #expect(world.perform(.failStep(.bind, task: 0), model.book) == .failed(.chance))
    #expect(world[bindingOwner: 0] == .none && world.pendingStep(of: 0, model.book)?.step == .lockReservation)
  }

  /// In the middle of a loop over pages: who goes elsewhere leaves it, who looks no more goes on with the next page, and who gives the VM
  /// up has killed it at the first.
  @Test(arguments: ["go undo", "ignore", "kill"]) func aLoopIsLeftOrGoneThrough(error: String) throws {
    var procedures = try ProcedureSet()
    if error != "go undo" {
      let step = "{do: TDH.MMIOMT.SET, each: page, if: page-tee, error: \(error)}"
      let text = "fault: f\nedits:\n  - {procedure: bind, replace: TDH.MMIOMT.SET, steps: [\(step)]}\n"
      try procedures.apply(FaultFile(Document(text: text, file: "f.yaml")))
    }
    let model = try Model(.privateMMIO, procedures: procedures, bounds: Bounds(devices: 1, pages: 2, importers: 0, memory: 1))
    var world = model.initial
    _ = world.perform(.request(.bind, device: 0, page: 0), model.book)
    while world.pendingStep(of: 0, model.book)?.step != .mmiomtSet { _ = world.perform(.advance(task: 0), model.book) }
    let outcome = world.perform(.failStep(.bind, task: 0), model.book), position = world[.taskPosition, 0], cursor = world[.taskCursor, 0]
    #expect(outcome == (error == "kill" ? .violated(.hostKillsVM) : .failed(.chance)))
    let next = model.procedures.stepName(at: position, in: model.book.playbook)
    #expect(next == (error == "go undo" ? "undo" : "TDH.MMIOMT.SET") && cursor == (error == "go undo" ? 0 : 1))
    #expect(world[metadata: 0, 0] == .absent)
  }
}
