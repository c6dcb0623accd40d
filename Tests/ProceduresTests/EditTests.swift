import Documents
import Procedures
import Rules
import Testing

/// A fault's edits, on a procedure of five steps.
@Suite struct EditTests {
  private func plain() throws -> ProcedureSet {
    try set(
      "reset",
      """
      procedure: reset
      steps:
        - {name: first, do: lock memory}
        - do: vfio.zap
        - {name: mid, do: vfio.reset-begin, if: bound}
        - do: vfio.reset-end
        - {name: last, do: jump, to: mid}
      """)
  }

  private func edited(_ edits: String...) throws -> ProcedureSet {
    try faulted("fault: f\nedits:\n" + edits.map { "  - {procedure: reset, \($0)}\n" }.joined(), on: plain())
  }

  @Test func insert() throws {
    let before = try edited("insert-before: vfio.zap, steps: [{do: kvm.get}, {do: kvm.put}]")
    #expect(names(before, .reset) == ["first", "kvm.get", "kvm.put", "vfio.zap", "mid", "vfio.reset-end", "last"])
    let after = try edited("insert-after: last, steps: [{do: kvm.get}]")
    #expect(names(after, .reset).suffix(2) == ["last", "kvm.get"])
    #expect(compileError(before) == nil && compileError(after) == nil)
  }

  @Test func remove() throws {
    #expect(names(try edited("remove: vfio.zap"), .reset) == ["first", "mid", "vfio.reset-end", "last"])
    // A label stays behind, on a step that does nothing: whoever jumps to it arrives where it was.
    let set = try edited("remove: mid"), steps = set[.reset]?.steps ?? []
    #expect(steps.map(\.name) == ["first", "vfio.zap", "mid", "vfio.reset-end", "last"])
    #expect(steps[2].step == .nothing && steps[2].condition == .always && steps[2].isNamed)
    let book = try set.playbook(), base = book.entry(of: .reset)
    #expect(book[base + 4].next == base + 2 && book[base + 2].next == base + 3)
  }

  /// A fault that is none would read as one that nothing catches.
  @Test func whatLeavesAllAsItWas() throws {
    for edit in ["move: vfio.zap, before: mid", "move: vfio.zap, after: first", "replace: vfio.zap, steps: [{do: vfio.zap}]"] {
      let error = #expect(throws: ProcedureError.self) { try edited(edit) }
      guard case .document(let why)? = error else {
        Issue.record("\(edit) was made")
        continue
      }
      #expect(why.code == .contradiction && why.position.line == 3 && why.description.contains("leaves reset as it is"), "\(why)")
    }
  }

  @Test func replace() throws {
    let plain = try edited("replace: vfio.zap, steps: [{do: kvm.get}, {do: kvm.put}]")
    #expect(names(plain, .reset) == ["first", "kvm.get", "kvm.put", "mid", "vfio.reset-end", "last"])
    // A named step that is replaced by others: the label leads to them.
    let labelled = try edited("replace: mid, steps: [{do: kvm.get}]")
    #expect(names(labelled, .reset) == ["first", "vfio.zap", "mid", "kvm.get", "vfio.reset-end", "last"])
    let own = try edited("replace: mid, steps: [{name: mid, do: kvm.get}]")
    #expect(names(own, .reset) == ["first", "vfio.zap", "mid", "vfio.reset-end", "last"] && own[.reset]?.steps[2].step == .getVM)
    #expect(compileError(plain) == nil && compileError(labelled) == nil && compileError(own) == nil)
  }

  @Test func move() throws {
    #expect(names(try edited("move: mid, before: first"), .reset) == ["mid", "first", "vfio.zap", "vfio.reset-end", "last"])
    #expect(names(try edited("move: first, after: last"), .reset) == ["vfio.zap", "mid", "vfio.reset-end", "last", "first"])
    let range = try edited("move: first, through: mid, after: vfio.reset-end")
    #expect(names(range, .reset) == ["vfio.reset-end", "first", "vfio.zap", "mid", "last"])
    let back = try edited("move: mid, through: last, before: vfio.zap")
    #expect(names(back, .reset) == ["first", "mid", "vfio.reset-end", "last", "vfio.zap"])
    // A jump goes on to the step of its name, wherever that is now.
    let book = try back.playbook(), base = book.entry(of: .reset)
    #expect(book[base + 3].step == .jump && book[base + 3].next == base + 1)
  }

  @Test func severalEditsInOrder() throws {
    let set = try edited("remove: vfio.zap", "insert-before: first, steps: [{do: vfio.zap}]", "move: vfio.zap, after: mid")
    #expect(names(set, .reset) == ["first", "mid", "vfio.zap", "vfio.reset-end", "last"])
  }

  /// A fault that cannot be made is an error, and never a fault that silently does nothing.
  @Test func mistakes() throws {
    let rows: [(edit: String, code: DocumentError.Code, word: String)] = [
      ("remove: nowhere", .unknownWord, "no step 'nowhere'"),
      ("insert-before: nowhere, steps: [{do: nothing}]", .unknownWord, "nowhere"),
      ("move: first, before: nowhere", .unknownWord, "nowhere"),
      ("move: first, through: nowhere, before: last", .unknownWord, "nowhere"),
      ("move: mid, through: first, before: last", .contradiction, "cannot be moved"),
      ("move: first, through: last, after: mid", .contradiction, "among themselves"),
      ("move: first", .missingKey, "after"),
      ("insert-before: first", .missingKey, "steps"),
      ("replace: first, steps: [{do: nowhere}]", .unknownWord, "nowhere"),
      ("remove: first, replace: mid, steps: [{do: nothing}]", .contradiction, "one thing"),
      ("steps: [{do: nothing}]", .contradiction, "one thing"),
      ("delete: first", .unknownKey, "delete"),
    ]
    for row in rows {
      do {
        _ = try edited(row.edit)
        Issue.record("\(row.edit) was applied")
      } catch ProcedureError.document(let error) {
        #expect(error.code == row.code && error.position.line == 3 && error.description.contains(row.word), "\(row.edit): \(error)")
      }
    }
    #expect(throws: ProcedureError.self) { try faulted("fault: f\n") }
    #expect(throws: ProcedureError.self) { try faulted("fault: f\nedits: [{procedure: no, remove: x}]") }
    #expect(throws: ProcedureError.self) { try faulted("fault: f\nbreaks: [no-such-property]\ndrop-guard: [TDISP.LOCK/keys]") }
    #expect(throws: ProcedureError.self) { try faulted("fault: f\nvariants: [rfc-2025]\ndrop-guard: [TDISP.LOCK/keys]") }
    #expect(try faulted("fault: f\ndrop-guard: [TDISP.LOCK/keys]").law == Law(dropping: [.lockKeys]))
  }

  /// A procedure of which nothing is left is still one that somebody enters.
  @Test func nothingIsLeft() throws {
    let lines = ["TDH.MNG.CREATE", "TDH.MEM.PAGE.ADD", "TDH.MR.FINALIZE"]
    let edits = lines.map { "{procedure: create-vm, remove: \($0)}" }.joined(separator: ", ")
    let book = try faulted("fault: f\nedits: [\(edits)]").playbook(), entry = book.entry(of: .createVM)
    #expect(entry != 0 && book[entry].step == .nothing)
    #expect(book[entry].next == 0, "\(book[entry])")
  }

  /// Two equal steps: the anchor of a move is a place, not a look.
  @Test func movesAmongEqualSteps() throws {
    let base = try set(
      "reset",
      "procedure: reset\nsteps: [{do: kvm.get}, {name: a, do: kvm.put}, {do: kvm.get}, {name: b, do: kvm.put}, {do: vfio.zap}]")
    let moved = try faulted("fault: f\nedits: [{procedure: reset, move: vfio.zap, after: a}]", on: base)
    #expect(names(moved, .reset) == ["kvm.get", "a", "vfio.zap", "kvm.get", "b"])
  }
}
