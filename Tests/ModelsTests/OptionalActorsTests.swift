import Documents
import Models
import Procedures
import Rules
import Testing

/// Who takes part only where it is asked for.
@Suite struct OptionalActorsTests {
  private func model(
    _ files: [(name: String, text: String)] = [], isHostile: Bool = false, with optional: OptionalActors = OptionalActors(),
    properties: [Property]? = nil
  ) throws -> Model {
    var procedures = try ProcedureSet()
    for file in files { try procedures.replace(file.name, with: ProcedureFile(Document(text: file.text, file: "\(file.name).yaml"))) }
    return try Model(.privateMMIO, procedures: procedures, bounds: tiny, isHostile: isHostile, with: optional, properties: properties)
  }

  @Test func theyAreThereWhereTheyAreAskedFor() throws {
    let disconnect = Action.request(.disconnect, device: 0, page: 0)
    #expect(try !model().actions.contains(disconnect))
    // A device that is connected, or a function that is on, can only be connected or switched on again after its opposite.
    #expect(try model(with: OptionalActors(procedures: [.connect])).actions.contains(disconnect))
    #expect(try model(with: OptionalActors(procedures: [.powerUp])).optional.procedures == [.powerUp, .powerDown])
    #expect(try !model(isHostile: true).actions.contains(.streamInsecure(device: 0)))
    let raw = try model(isHostile: true, with: OptionalActors(writesRaw: true)).actions
    #expect(raw.contains(.streamInsecure(device: 0)) && !raw.contains(.acceptMemory(unit: 0)))
    let returns = try model(isHostile: true, with: OptionalActors(returnsMemory: true)).actions
    #expect(returns.contains(.call(.pageAug, device: 0, page: 0)) && returns.contains(.acceptMemory(unit: 0)))
    let masters = try model(isHostile: true, with: OptionalActors(switchesBusMaster: true)).actions
    #expect(masters.contains(.call(.busMasterOff, device: 0, page: 0)) && masters.contains(.call(.busMasterOn, device: 0, page: 0)))
    // A VMM that behaves writes nothing of the kind.
    #expect(try !model(with: OptionalActors(writesRaw: true)).actions.contains(.streamInsecure(device: 0)))
  }

  /// A VMM that behaves badly at the mailbox alone does its own VM whatever a hostile one does.
  @Test func aMailboxIsSpoiltByWhoeverHasIt() throws {
    let spoils = try model(with: OptionalActors(spoilsMailbox: true))
    #expect(spoils.actions.contains(.spoilMailbox(device: 0)) && !spoils.properties.contains(.hostKillsVM))
    #expect(try spoils.notAsked.map(\.property) == model(isHostile: true).notAsked.map(\.property))
    #expect(try model(isHostile: true, with: OptionalActors(spoilsMailbox: true)).actions.contains(.spoilMailbox(device: 0)))
    #expect(try !model(isHostile: true).actions.contains(.spoilMailbox(device: 0)))
  }

  /// A task that backs out stops the interface; where STOP does not get through it can remove nothing and waits for ever. Shown in
  /// docs/mailbox.md, with what would help.
  @Test(arguments: ["unbind-first", "vmm-sequences", "refuse-while-bound"]) func aSpoiltStopIsNotSurvived(variant: String) throws {
    let model = try Model(
      .privateMMIO, procedures: ProcedureSet(variant: variant), bounds: tiny, with: OptionalActors(spoilsMailbox: true), properties: [.deadlock])
    let check = try check(model, limit: isOptimised ? 1_000_000 : 40_000)
    let found = try #require(check.counterexample)
    #expect(check.verdict == .violated(.deadlock) && found.actions.count == 40)
    confirm(found, of: model)
  }

  /// Every variant that holds without these procedures holds with them.
  @Test(
    arguments: ["unbind-first", "vmm-sequences", "refuse-while-bound"], [[Procedure.connect, .disconnect], [.powerDown, .powerUp], [.convert]])
  func theBuiltInProceduresStandWithThem(variant: String, entered: [Procedure]) throws {
    let optional = OptionalActors(procedures: Set(entered))
    let check = try check(Model(.privateMMIO, procedures: ProcedureSet(variant: variant), bounds: tiny, with: optional))
    #expect(check.counterexample == nil)
    #expect(check.verdict == .holds || !isOptimised)
  }

  /// An administrator who has the device again and again keeps no VM that is gone from its end.
  @Test(arguments: [Procedure.connect, .disconnect]) func anAdministratorStarvesNobody(entered: Procedure) throws {
    let procedures = try ProcedureSet()
    let model = try Model(
      .privateMMIO, procedures: procedures, bounds: tiny, with: OptionalActors(procedures: [entered]), properties: [], promises: Promise.allCases)
    let check = try check(model, limit: isOptimised ? 3_000_000 : 20_000)
    #expect(check.lapses.isEmpty && (check.verdict == .holds || !isOptimised))
  }

  /// A `disconnect` of one's own is entered without a word: nobody asks whether the interface is bound, and its DMA is lost.
  @Test func aDisconnectThatDoesNotAsk() throws {
    let text = """
      procedure: disconnect
      steps:
        - do: lock tsm
        - {do: TDH.IDE.STREAM.BLOCK, if: stream-present, error: go failed}
        - {name: failed, do: unlock tsm}
      """
    let model = try model([("disconnect", text)], properties: [.dmaDroppedUnseen])
    #expect(model.entered.contains(.disconnect) && model.optional == OptionalActors(procedures: [.disconnect]))
    let check = try check(model, limit: isOptimised ? 1_000_000 : 4_000)
    #expect(check.verdict == .violated(.dmaDroppedUnseen) || !isOptimised)
    if let found = check.counterexample { confirm(found, of: model) }
  }
}
