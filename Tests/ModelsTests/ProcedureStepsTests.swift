import Documents
import Models
import Procedures
import Rules
import Testing

/// What of the procedures a model says little about is said beside what holds.
@Suite struct ProcedureStepsTests {
  private func checked(_ edit: String? = nil, _ verdict: Check.Verdict = .holds, failing: Set<Procedure> = []) throws -> Check {
    var procedures = try ProcedureSet()
    if let edit { try procedures.apply(FaultFile(Document(text: "fault: f\nedits:\n  - \(edit)\n", file: "f.yaml"))) }
    let check = try check(Model(.privateMMIO, procedures: procedures, bounds: tiny, with: OptionalActors(failing: failing, changedMayFail: false)))
    #expect(check.verdict == verdict || !isOptimised)
    return check
  }

  /// A stream that was not blocked cannot be deleted: the session never ends.
  @Test func whatAnEditCutsOff() throws {
    let check = try checked("{procedure: disconnect, remove: TDH.IDE.STREAM.BLOCK}", .neverReached(.works(.disconnect)))
    let steps = try #require(check.unsaid[.withoutEffect].first { $0.procedure == .disconnect }).steps
    #expect(steps.starts(with: ["TDH.IDE.STREAM.DELETE", "end", "end-carried", "ended", "TDH.SPDM.DELETE"]))
    #expect(check.unsaid[.leftOut].map(\.procedure) == [.disconnect] && check.unsaid[.leftOut].first?.steps == ["TDH.IDE.STREAM.BLOCK"])
  }

  /// Nothing refuses a LOCK where a VMM behaves, so nobody sees what an error does there, unless it may come by chance.
  @Test func whatNothingRefuses() throws {
    let edit = "{procedure: bind, insert-before: locked, steps: [{do: nothing}]}"
    func calls(_ failing: Set<Procedure>) throws -> [String] {
      let found = try checked(edit, failing: failing).unsaid[.neverRefused]
      #expect(found.map(\.procedure) == [.bind])
      return found.first?.steps ?? []
    }
    #expect(try calls([]).contains("locked") && !calls([]).contains("kvm.flush-tlb"))
    // What has no branch of its own does not fail by chance.
    #expect(try !calls([.bind]).contains("locked") && calls([.bind]).contains("undone"))
  }

  /// What the variant has not, and a way beside waiting that nobody had to take.
  @Test func whatIsAddedAndNeverBusy() throws {
    let check = try checked("{procedure: unbind, replace: TDH.MEM.TRACK, steps: [{do: kvm.flush-tlb}, {do: TDH.MEM.TRACK, busy: abandon}]}")
    #expect(check.unsaid[.added].map(\.steps) == [["kvm.flush-tlb"]] && check.unsaid[.leftOut].isEmpty)
    #expect(check.unsaid[.neverBusy].map(\.steps) == [["TDH.MEM.TRACK"]] || check.verdict != .holds)
    #expect(try checked().unsaid[.added].isEmpty)
  }

  /// A step that does nothing is no step, and a name that two have says which.
  @Test func whatIsThereWithoutAnEdit() throws {
    let check = try checked(), found = check.unsaid[.withoutEffect]
    #expect(check.unsaid[.leftOut].isEmpty && check.unsaid[.neverRefused].isEmpty)
    #expect(found.allSatisfy { !$0.steps.isEmpty && !$0.steps.contains("done") })
    // Nobody enters it, so that nothing of it is missed.
    #expect(!found.contains { $0.procedure == .disconnect || $0.procedure == .open })
    // The way back from a map that fails: nothing makes it fail.
    #expect(found.first { $0.procedure == .faultPrivate }?.steps == ["undo"] || !isOptimised)
    // One of three in its file: whoever is bound already is not asked to bind again.
    #expect(found.first { $0.procedure == .bind }?.steps.contains("jump (step 2)") == true)
    // Nobody maps a BAR himself.
    #expect(found.first { $0.procedure == .reset }?.steps.contains("vfio.zap") == true)
  }
}
