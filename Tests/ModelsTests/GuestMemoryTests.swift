import Documents
import Models
import Procedures
import Rules
import Testing

/// Two units of guest memory: what forgets all but the first.
@Suite struct GuestMemoryTests {
  private static func bounds(_ units: UInt8) -> Bounds { Bounds(devices: 1, pages: 1, importers: 0, memory: units) }

  private static let reclaim = """
    fault: reclaim-one-unit
    edits:
      - procedure: teardown
        replace: TDH.PHYMEM.PAGE.RECLAIM
        steps:
          - {do: TDH.PHYMEM.PAGE.RECLAIM}
    """
  /// Seen by a transfer of the device alone, and whether one may be dropped is disputed.
  private static let add = """
    fault: add-one-unit
    strict-dma: true
    edits:
      - procedure: create-vm
        replace: TDH.MEM.PAGE.ADD
        steps:
          - {do: TDH.MEM.PAGE.ADD}
    """

  private func model(_ fault: String?, units: UInt8, asked: [Property]? = nil) throws -> Model {
    var procedures = try ProcedureSet()
    if let fault { try procedures.apply(FaultFile(Document(text: fault, file: "fault.yaml"))) }
    return try Model(.privateMMIO, procedures: procedures, bounds: Self.bounds(units), properties: asked)
  }

  @Test func theSoundVariantHolds() throws {
    let check = try check(model(nil, units: 2))
    #expect(check.counterexample == nil)
    #expect((check.verdict == .holds && check.notReached == [] && check.neverHadAChance == []) || !isOptimised)
  }

  /// One unit is too few to show it, and two are enough.
  @Test(arguments: [(reclaim, Property.notReleased), (add, .dmaDroppedUnseen)])
  func whatForgetsAUnitIsCaught(fault: String, property: Property) throws {
    let two = try model(fault, units: 2, asked: isOptimised ? nil : [property])
    let found = try #require(try check(two, limit: isOptimised ? stateLimit : 60_000).counterexample)
    #expect(found.property == property)
    confirm(found, of: two)
    let one = try check(model(fault, units: 1))
    #expect(one.counterexample == nil && (one.verdict == .holds || !isOptimised))
    let changed = try #require(two.procedures.changed.first), file = try #require(two.procedures[changed])
    #expect(file.stepsOfOneUnit.count == 1)
  }

  /// What the built-in procedures do to a unit they do to each, or are asked to do to that one.
  @Test(arguments: ProcedureSet.variantNames) func noVariantForgetsAUnit(variant: String) throws {
    #expect(try ProcedureSet(variant: variant).files.allSatisfy(\.stepsOfOneUnit.isEmpty))
  }

  /// One unit is what it always was, label by label; two are two of everything that is done to one.
  @Test(arguments: ModelKind.allCases) func actionsAreOfEachUnit(kind: ModelKind) {
    func actions(_ units: UInt8) -> [Action] { kind.actions(Self.bounds(units), cast: .behaved, with: OptionalActors(procedures: [.convert])) }
    let one = actions(1), two = actions(2)
    #expect(two.filter(one.contains) == one && two.count > one.count)
    for action in [Action.finishTrustedDMA(device: 0, unit: 1), .hostReads(unit: 1), .peerTouches(unit: 1)] { #expect(two.contains(action)) }
    #expect(kind != .privateMMIO || two.contains(.request(.convert, device: 0, page: 1)))
  }

  /// An order that passes is explored with as much memory as the path had.
  @Test func aSiblingHasAsMuchMemory() throws {
    guard isOptimised else { return }
    var procedures = try ProcedureSet()
    try procedures.apply(fault: "unmap-before-stop")
    let model = try Model(.privateMMIO, procedures: procedures, bounds: Self.bounds(2))
    let sibling = Sibling(of: try #require(try check(model).counterexample), in: model, budget: 2_000_000)
    #expect(sibling.order?.bounds == Self.bounds(2) && sibling.order?.sentence.contains("2 units of guest memory") == true)
  }
}
