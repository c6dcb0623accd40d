import Exploration
import Models
import Procedures
import Rules
import Testing

/// The cells that `check --matrix` asks, one by one. A release build asks all of them; a debug build looks at the first states
/// where a fault is at home, and may not contradict. Guards have a suite of their own (`GuardWitnessTests`).
@Suite struct MatrixTests {
  private let matrix: FaultMatrix
  init() throws { matrix = try FaultMatrix() }

  @Test(arguments: try! FaultMatrix().cells.filter { !$0.isOfGuard && $0.mustBeDecided && (isOptimised || $0.isHome) })
  func asItsFilesDeclare(_ cell: MatrixCell) throws {
    var cell = cell
    cell.goesOn = cell.goesOn && isOptimised
    let result = try cell.explored(limit: isOptimised ? nil : stateLimit)
    if case .undecided = result.judgement { #expect(!isOptimised) } else { #expect(result.judgement == .asDeclared) }
    for found in result.check.counterexamples {
      // Alone: a path behind another violation passes that.
      var alone = cell
      alone.properties = [found.property]
      confirm(found, of: try alone.model())
    }
    if let lapse = result.check.lapse { try confirm(lapse, of: result.check.model) }
    if result.check.verdict == .holds { #expect(result.check.neverOwed.isEmpty) }
  }

  /// Every variant, every fault in each of its variants or a reason not to, every guard that a model misses.
  @Test func nothingIsLeftOut() throws {
    let cells = matrix.cells
    #expect(Set(cells).count == cells.count)
    #expect(matrix.variants.map(\.name) == ProcedureSet.variantNames && matrix.faults.map(\.name) == ProcedureSet.faultNames)
    for fault in matrix.faults {
      let own = cells.filter { $0.subject == .fault(fault.name) }
      #expect(own.contains { $0.isHome && $0.promises.isEmpty } && own.count { !$0.promises.isEmpty } == fault.lapses.count, "\(fault.name)")
      // A fault declares something, and not that it is both seen and refused.
      #expect(!fault.breaks.isEmpty || !fault.lapses.isEmpty || !fault.misses.isEmpty || fault.refusedBy != nil)
      #expect(fault.breaks.isEmpty || fault.refusedBy == nil)
      #expect(cells.contains { if case .unguarded(fault.name, _) = $0.subject { true } else { false } } == (fault.refusedBy != nil))
    }
    for law in Guard.laws { #expect(cells.contains { $0.subject == .lawless(law) } == law.witness.isModel, "\(law.id)") }
  }

  /// What a cell comes to against what was declared: a fault that nobody sees, and a procedure that is blamed.
  @Test func whatIsNotAsDeclaredIsSaid() throws {
    var uncaught = MatrixCell(.fault("open-without-vm"), declared: .breaks([.deadlock]))
    uncaught.bounds.importers = 0
    if isOptimised { #expect(try uncaught.explored(limit: 30_000).judgement == .otherwise) }
    #expect(try uncaught.explored(limit: 50).judgement == .undecided("limit"))
    // Nothing breaks, and nothing is bound: what a guard refuses comes nowhere, and whoever declares that is right.
    (uncaught.declared, uncaught.isRefused) = (.holds, true)
    if isOptimised { #expect(try uncaught.explored(limit: 30_000).judgement == .asDeclared) }
    uncaught.declared = .misses([.works(.bind)])
    if isOptimised { #expect(try uncaught.explored(limit: 30_000).judgement == .asDeclared) }
    uncaught.declared = .misses([.works(.reset)])
    if isOptimised { #expect(try uncaught.explored(limit: 30_000).judgement == .otherwise) }
    // Where somebody asks for one property, it alone can answer.
    (uncaught.declared, uncaught.properties) = (.breaks([.deadlock]), [.deadlock])
    if isOptimised { #expect(try uncaught.explored(limit: 30_000).judgement == .uncaught) }
    var blamed = MatrixCell(.variant, declared: .holds)
    blamed.variant = "mainline-7.1"
    #expect(try blamed.explored(limit: 3_000).judgement == .blamed)
    blamed.declared = .breaks([.deadlock])
    #expect(try blamed.explored(limit: 3_000).judgement == .otherwise)
  }

  /// A matrix of which only a part was seen never reads as one that holds, and says nothing of what nobody asked.
  @Test func aPartIsNoWhole() throws {
    let report = MatrixReport(matrix, [])
    #expect(report.isPartial && report.verdict == .incomplete)
    #expect(report.guards.allSatisfy { $0.miss == .table || $0.miss == .unknown })
  }
}

extension MatrixCell {
  fileprivate var isOfGuard: Bool {
    switch subject {
    case .lawless, .lawful: true
    case .variant, .fault, .unguarded: false
    }
  }
}
