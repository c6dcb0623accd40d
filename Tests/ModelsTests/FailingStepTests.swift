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
    #expect(model.optional.failing == [failing] && model.requested(failing))
    let check = try check(model, limit: isOptimised ? 5_000_000 : 20_000)
    #expect(check.counterexample == nil && (check.verdict == .holds || !isOptimised))
    #expect(!isOptimised || !check.neverFired.contains(.failStep(failing, task: 0)))
  }

  @Test func whoDisconnectsHalfHasNothingToFallBackOn() throws {
    let model = try model(failing: [.disconnect]), check = try check(model)
    #expect(check.verdict == .violated(.notReleased))
    let found = try #require(check.counterexample)
    #expect(found.actions.last == .failStep(.disconnect, task: 0) || found.actions.dropLast().contains(.failStep(.disconnect, task: 0)))
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

  /// What has nothing to do with errors brings no failures in, and a disconnect of one's own is not asked what no disconnect could answer.
  @Test(arguments: [
    "procedure: bind, remove: buffer.wait-fences", "procedure: reset, remove: buffer.wait-fences", "procedure: close, remove: vfio.zap",
    "procedure: disconnect, replace: end, steps: [{name: end, do: TDH.SPDM.DISCONNECT, error: ignore}]",
  ])
  func otherEditsBringNoFailures(edit: String) throws { #expect(try model([edit]).optional.failing.isEmpty) }

  /// An index, a task or a line that cannot fail: refused, and the world is what it was.
  @Test func onlyWhatSaysSoFails() throws {
    let model = try model()
    var world = model.initial
    #expect(world.perform(.failStep(.bind, task: 0), model.book) == .refused(.notNow))
    #expect(world.perform(.request(.bind, device: 0, page: 0), model.book) == .accepted)
    // `lock tsm` cannot fail.
    #expect(world.perform(.failStep(.bind, task: 0), model.book) == .refused(.notNow))
    while world.pendingStep(of: 0, model.book)?.step != .devifCreate { _ = world.perform(.advance(task: 0), model.book) }
    #expect(world.perform(.failStep(.accept, task: 0), model.book) == .refused(.notNow))
    #expect(world.perform(.failStep(.bind, task: 1), model.book) == .refused(.notNow))
    #expect(world.perform(.failStep(.bind, task: 0), model.book) == .accepted)
    #expect(world[bindingOwner: 0] == .none && world.pendingStep(of: 0, model.book)?.step == .lockReservation)
  }
}

extension Model {
  fileprivate func requested(_ procedure: Procedure) -> Bool { mayFail.contains(procedure) }
}
