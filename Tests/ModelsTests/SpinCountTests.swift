import Foundation
import Models
import Rules
import Testing

/// Spin counts what the explorer counts, in small worlds: the same comparison as `SpinTwin`'s, where Spin and a C compiler are
/// installed and the explorer is compiled with optimisation. What the twin is made of lies with the benchmarks; the files are linked here,
/// so that nobody has to build those for it.
@Suite(.serialized, .enabled(if: isOptimised && Child.find("spin") != nil && Child.find("gcc") != nil))
struct SpinCountTests {
  private func ask(_ model: Model, breadthFirst: Bool, expecting states: Int) throws -> Pan.Report {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("spin-count-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let pan = Pan(folder: folder, spin: try #require(Child.find("spin")), compiler: try #require(Child.find("gcc")), isQuick: true)
    let twin = SpinTwinTests.folder.appendingPathComponent("\(model.kind.rawValue).pml").path
    try pan.make(TwinData(model: model).text(including: twin), breadthFirst: breadthFirst)
    return try pan.run(expecting: states, breadthFirst: breadthFirst)
  }

  @Test func asManyStates() throws {
    for (bounds, breadthFirst) in [(tiny, true), (withImporter, false)] {
      let model = try model(bounds: bounds, symmetry: .none), ours = try check(model).report
      let theirs = try ask(model, breadthFirst: breadthFirst, expecting: ours.states)
      #expect(ours.end == .exhausted && theirs.isComplete && theirs.violation == nil)
      #expect(theirs.states == ours.states && theirs.transitions == Int(ours.transitions))
      if breadthFirst { #expect(theirs.depth == ours.depth) }
    }
  }

  /// A fault of a procedure, a guard that is off on the way of a call, and one that only the firmware has.
  @Test(arguments: [
    (ModelKind.privateMMIO, "reset-before-unbind"), (.privateMMIO, "drop-guard:KVM.fault/revoked"), (.privateMMIO, "importers-not-told"),
    (.privateMMIO, "memory-on-unlocked"), (.privateMMIO, "reset-without-reset"), (.privateMMIO, "accept-joins-error-path"),
    (.untrustedHost, "drop-guard:TDH.MEM.TRACK/tlb-epoch"),
  ])
  func asShortAPath(kind: ModelKind, fault: String) throws {
    let model = try model(kind, faults: [fault], bounds: withImporter, symmetry: .none), ours = try check(model)
    let theirs = try ask(model, breadthFirst: true, expecting: ours.report.states)
    #expect(theirs.isComplete && theirs.violation?.length == ours.counterexample?.actions.count)
    #expect(ours.counterexample != nil)
  }
}
