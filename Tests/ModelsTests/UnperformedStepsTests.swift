import Documents
import Models
import Procedures
import Rules
import Testing

/// What of the procedures a model never came to do is said beside what holds.
@Suite struct UnperformedStepsTests {
  private func unperformed(_ edit: String? = nil) throws -> [UnperformedSteps] {
    var procedures = try ProcedureSet()
    if let edit { try procedures.apply(FaultFile(Document(text: "fault: f\nedits:\n  - \(edit)\n", file: "f.yaml"))) }
    let check = try check(Model(.privateMMIO, procedures: procedures, bounds: tiny))
    #expect(check.verdict == .holds || !isOptimised)
    return check.unperformed
  }

  /// A stream that was not blocked cannot be deleted: the session never ends, which breaks nothing and is no disconnect.
  @Test func whatAnEditCutsOff() throws {
    let found = try unperformed("{procedure: disconnect, remove: TDH.IDE.STREAM.BLOCK}")
    let steps = try #require(found.first { $0.procedure == .disconnect }).steps
    #expect(steps.starts(with: ["end", "end-carried", "ended", "TDH.SPDM.DELETE"]) && !steps.contains("TDH.IDE.STREAM.DELETE"))
  }

  /// A step that does nothing is no step, and a name that two have says which.
  @Test func whatIsThereWithoutAnEdit() throws {
    let found = try unperformed()
    #expect(found.allSatisfy { !$0.steps.isEmpty && !$0.steps.contains("done") })
    // Nobody enters it, so that nothing of it is missed.
    #expect(!found.contains { $0.procedure == .disconnect || $0.procedure == .open })
    // The way back from a map that fails: nothing makes it fail.
    #expect(found.first { $0.procedure == .faultPrivate }?.steps == ["undo"] || !isOptimised)
    // One of three in its file: whoever is bound already is not asked to bind again.
    #expect(found.first { $0.procedure == .bind }?.steps == ["jump (step 2)"] || !isOptimised)
  }
}
