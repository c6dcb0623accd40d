import Exploration
import Models
import Procedures
import Rules
import Testing

/// What a worker remembers and what is attempted anew has to be the same: the same successors in the same order, the same judgement.
@Suite struct RecollectionTests {
  struct World: CustomTestStringConvertible, Sendable {
    var kind = ModelKind.privateMMIO
    var variant = ProcedureSet.defaultVariant
    var faults: [String] = []
    var bounds = withImporter
    var isHostile = false
    var asksPromises = false
    var optional = OptionalActors()
    var testDescription: String { "\(kind.rawValue) \(variant) \(faults) \(bounds) hostile \(isHostile) promises \(asksPromises)" }
  }

  static let worlds = [
    World(), World(asksPromises: true), World(isHostile: true),
    World(
      isHostile: true,
      optional: OptionalActors(
        writesRaw: true, spoilsMailbox: true, switchesBusMaster: true, returnsMemory: true, procedures: [.connect, .disconnect])),
    World(bounds: Bounds(devices: 2, pages: 2, importers: 2, memory: 1)),
    World(optional: OptionalActors(procedures: [.connect], failing: [.bind, .connect, .accept, .faultPrivate])),
    World(bounds: Bounds(devices: 2, pages: 1, importers: 0, memory: 2), isHostile: true),
    World(variant: "rfc-2025"), World(variant: "mainline-7.1"), World(variant: "vmm-sequences"),
    World(faults: ["unmap-before-stop"]), World(faults: ["drop-guard:importer.use/invalidated"]), World(faults: ["importers-not-told"]),
    World(kind: .untrustedHost, bounds: tiny), World(kind: .untrustedHost, bounds: Bounds(devices: 2, pages: 2, importers: 0, memory: 2)),
    World(kind: .runningInterface, faults: ["drop-guard:TDH.MMIO.UNMAP/stopped"], bounds: tiny),
  ]

  @Test(arguments: worlds) func aWorkerAnswersAsTheRulesDo(world: World) throws {
    var procedures = try ProcedureSet(variant: world.variant)
    for fault in world.faults { try procedures.apply(fault: fault) }
    let model = try Model(
      world.kind, procedures: procedures, bounds: world.bounds, isHostile: world.isHostile, with: world.optional,
      promises: world.asksPromises ? Promise.allCases : [])
    var plain = model.system
    let worker = try #require(plain.makeWorker?())
    plain.makeWorker = nil
    var explorer = try Explorer(plain, options: SearchOptions(limit: isOptimised ? 400_000 : 3_000, stopAtFirst: false))
    let report = explorer.run()

    var anew = Successors(width: model.width), remembered = Successors(width: model.width)
    for index in 0..<explorer.stateCount {
      let differs = explorer.withState(index) { words -> Bool in
        anew.removeAll()
        remembered.removeAll()
        plain.expand(words, &anew)
        worker.expand(words, &remembered)
        return !same(anew, remembered) || plain.check?(words) != worker.check?(words)
      }
      guard !differs else {
        Issue.record("a worker's answer differs in state \(index)")
        return
      }
    }

    // And nobody who only sees the report can tell.
    var other = try Explorer(model.system, options: SearchOptions(limit: isOptimised ? 400_000 : 3_000, stopAtFirst: false))
    let second = other.run()
    #expect(second.states == report.states && second.transitions == report.transitions && second.depth == report.depth)
    #expect(second.violations == report.violations && second.firedLabels == report.firedLabels)
  }

  private func same(_ a: borrowing Successors, _ b: borrowing Successors) -> Bool {
    guard a.count == b.count else { return false }
    for i in 0..<a.count {
      guard a.label(at: i) == b.label(at: i), a.verdict(at: i) == b.verdict(at: i) else { return false }
      for j in 0..<a.width where a.words(at: i)[j] != b.words(at: i)[j] { return false }
    }
    return true
  }
}
