import Models
import Procedures
import Rules
import Testing

/// A verdict names what it may rest on and no source settles.
@Suite struct InferredRuleTests {
  private func check(_ faults: [String]) throws -> Check {
    var procedures = try ProcedureSet()
    for fault in faults { try procedures.apply(fault: fault) }
    return try Check(Model(.privateMMIO, procedures: procedures, bounds: Bounds(devices: 1, pages: 1, importers: 0, memory: 1)))
  }

  @Test func eachIsNamedOnce() {
    #expect(Set(InferredRule.allCases.map(\.id)).count == InferredRule.allCases.count)
    for rule in InferredRule.allCases { #expect(InferredRule(id: rule.id) == rule && !rule.steps.isEmpty && !rule.sentence.isEmpty) }
  }

  /// Nobody has accepted DMA when UNMAP comes too early: whether TRACK opened an epoch made the path what it is.
  @Test func aPathNamesWhatDecidedOnIt() throws {
    let found = try check(["unmap-before-stop"])
    #expect(found.counterexample != nil && found.inferred == [.epochCountsAcceptedDMA, .needlessInvalidationSucceeds])
  }

  /// A path on which none of their calls is made rests on none of them.
  @Test func aPathWithoutTheirCallsNamesNone() throws {
    let found = try check(["drop-guard:TLP/t-bit"])
    #expect(found.counterexample != nil && found.inferred == [])
  }

  /// Each decides in some world, and not in one where there is nothing to decide.
  @Test(arguments: InferredRule.allCases) func eachDecides(rule: InferredRule) throws {
    let book = try check(["drop-guard:TLP/t-bit"]).model.book
    var world = TableWorld(bounds: book.bounds)
    world.begin()
    (world.vmLife, world[bindingOwner: 0]) = (.runnable, .vm)
    switch rule {
    case .epochCountsAcceptedDMA, .needlessInvalidationSucceeds: break
    case .rootTakesFatalMMIO: (world.vmLife, world[entry: 0, 0]) = (.tornDown, .mmioMapped)
    case .boundVDeviceStays: world.set(.isBound, 0, true)
    }
    for step in rule.steps { #expect(world.decides(rule, step, 0, book)) }
    #expect(!world.decides(rule, .nothing, 0, book))
    switch rule {
    case .epochCountsAcceptedDMA: world[dmar: 0] = .present
    case .needlessInvalidationSucceeds:
      world.set(.iotlbEpochIsOpen, 0, true)
      world[dmar: 0] = .present
    case .rootTakesFatalMMIO: world[entry: 0, 0] = .free
    case .boundVDeviceStays: world.set(.isBound, 0, false)
    }
    for step in rule.steps { #expect(!world.decides(rule, step, 0, book)) }
  }
}
