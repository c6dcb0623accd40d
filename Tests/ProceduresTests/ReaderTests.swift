import Documents
import Procedures
import Rules
import Testing

/// Reading a procedure: what is right, and what a person is told who got it wrong.
@Suite struct ReaderTests {
  @Test func everythingThatAStepCanSay() throws {
    let file = try procedure(
      """
      procedure: reset
      summary: a text
      source: somewhere
      steps:
        - do: lock memory
        - {name: loop, do: TDH.MMIO.BLOCK, each: page, if: page-mapped, error: ignore}
        - {do: TDH.MEM.PAGE.REMOVE, each: memory, unless: memory-private, busy: abandon}
        - {do: TDH.MEM.TRACK, busy: go loop, error: go out}
        - {do: vfio.reset-begin, error: retry}
        - {do: jump, unless: bound, to: out}
        - {name: out, do: fail, error: kill}
      """)
    #expect(file.procedure == .reset && file.summary == "a text" && file.steps.count == 7)
    let expected = ["lock memory", "loop", "TDH.MEM.PAGE.REMOVE", "TDH.MEM.TRACK", "vfio.reset-begin", "jump", "out"]
    #expect(file.steps.map(\.name) == expected)
    #expect(file.steps.map(\.isNamed) == [false, true, false, false, false, false, true])
    #expect(file.steps[0].position.line == 5 && file.steps[6].position.line == 11)
    let set = try set(
      "reset",
      "procedure: reset\nsteps:\n  - {name: a, do: TDH.MMIO.BLOCK, each: page, unless: page-tee, busy: go a, error: go b}\n"
        + "  - {do: jump, if: bound, to: a}\n  - {do: fail, unless: bound}\n"
        + "  - {name: b, do: nothing, error: kill, busy: abandon}\n")
    let book = try set.playbook(), base = book.entry(of: .reset)
    let lines = (0..<4).map { book[base + $0] }
    #expect(lines[0].isRepeated && lines[0].condition == .pageTEE && !lines[0].expects && lines[0].next == base + 1)
    #expect(lines[0].onBusy == .jump && lines[0].busyTarget == base)
    #expect(lines[0].onError == .jump && lines[0].errorTarget == base + 3)
    #expect(lines[1].step == .jump && lines[1].condition == .bound && lines[1].expects && lines[1].next == base)
    #expect(lines[2].step == .fail && lines[2].next == 0)
    #expect(lines[3].onError == .kill && lines[3].onBusy == .abandon && lines[3].next == 0)
  }

  /// What is said of each mistake: the code, the line, and a word that the message must hold.
  @Test func mistakes() {
    // Line 0: the file as a whole.
    let rows: [(text: String, code: DocumentError.Code, line: Int, word: String)] = [
      ("", .empty, 1, "empty"),
      ("[]", .wrongType, 1, "mapping"),
      ("procedure: reset", .missingKey, 1, "'steps'"),
      ("procedure: resett\nsteps: [{do: nothing}]", .unknownWord, 1, "did you mean 'reset'"),
      ("procedure: none\nsteps: [{do: nothing}]", .unknownWord, 1, "none"),
      ("procedure: reset\nsteps: []", .outOfRange, 2, "1 to"),
      ("procedure: reset\nsteps: nothing", .wrongType, 2, "list"),
      ("procedure: reset\nsteps:\n  - nothing", .wrongType, 3, "mapping"),
      ("procedure: reset\nstep: [{do: nothing}]", .unknownKey, 2, "did you mean 'steps'"),
      ("procedure: reset\nsteps:\n  - {do: nothing, iff: bound}", .unknownKey, 3, "did you mean 'if'"),
      ("procedure: reset\nsteps:\n  - {name: a}", .missingKey, 3, "'do'"),
      ("procedure: reset\nsteps:\n  - do: nothing\n  - do: lock memroy", .unknownWord, 4, "did you mean 'lock memory'"),
      ("procedure: reset\nsteps:\n  - {do: nothing, if: bund}", .unknownWord, 3, "did you mean 'bound'"),
      ("procedure: reset\nsteps:\n  - {do: nothing, if: always}", .unknownWord, 3, "always"),
      ("procedure: reset\nsteps:\n  - {do: nothing, if: bound, unless: bound}", .contradiction, 3, "not both"),
      ("procedure: reset\nsteps:\n  - {do: vfio.close, each: page}", .contradiction, 3, "no `each`"),
      ("procedure: reset\nsteps:\n  - {do: TDH.MMIO.MAP, each: memory}", .contradiction, 3, "each: page"),
      ("procedure: reset\nsteps:\n  - {do: TDH.MEM.PAGE.ADD, each: page}", .contradiction, 3, "each: memory"),
      ("procedure: reset\nsteps:\n  - {do: TDH.MEM.PAGE.ADD, each: device}", .unknownWord, 3, "page, memory"),
      ("procedure: reset\nsteps:\n  - {do: vfio.zap, if: page-tee}", .contradiction, 3, "'page-tee' asks about a page"),
      ("procedure: reset\nsteps:\n  - {do: TDH.MMIO.BLOCK, unless: page-mapped}", .contradiction, 3, "expected each: page"),
      ("procedure: reset\nsteps:\n  - {do: TDH.MMIO.BLOCK, each: page, if: memory-private}", .contradiction, 3, "for each page"),
      ("procedure: reset\nsteps:\n  - {do: TDH.MEM.PAGE.REMOVE, each: memory, if: page-tee}", .contradiction, 3, "unit of memory"),
      ("procedure: convert\nsteps:\n  - {do: nothing, if: page-tee}", .contradiction, 3, "convert is not about"),
      ("procedure: fault-shared\nsteps:\n  - {do: nothing, if: memory-private}", .contradiction, 3, "fault-shared is not about"),
      ("procedure: reset\nsteps:\n  - {name: \"\", do: nothing}", .outOfRange, 3, "empty"),
      ("procedure: reset\nsteps:\n  - {do: nothing, busy: go}", .unknownWord, 3, "go NAME"),
      ("procedure: reset\nsteps:\n  - {do: nothing, busy: retry}", .unknownWord, 3, "wait"),
      ("procedure: reset\nsteps:\n  - {do: nothing, error: wait}", .unknownWord, 3, "abandon"),
      ("procedure: reset\nsteps:\n  - {do: jump}", .missingKey, 3, "'to'"),
      ("procedure: reset\nsteps:\n  - {do: nothing, to: x}", .contradiction, 3, "only a jump"),
      ("procedure: reset\nsteps:\n  - {name: a, do: nothing}\n  - {name: a, do: nothing}", .contradiction, 4, "'a'"),
      ("procedure: reset\nsteps:\n  - {name: [a], do: nothing}", .wrongType, 3, "text"),
      ("procedure: reset\nprocedure: reset\nsteps: [{do: nothing}]", .duplicateKey, 2, "procedure"),
    ]
    for row in rows {
      guard let error = refusal(row.text) else {
        Issue.record("\(quoted(row.text)) was read")
        continue
      }
      #expect(error.code == row.code, "\(quoted(row.text)): \(error)")
      #expect(error.position.file == "p.yaml" && error.position.line ?? 0 == row.line, "\(quoted(row.text)): \(error)")
      #expect(error.description.contains(row.word), "\(quoted(row.text)): \(error)")
      #expect(error.description.hasPrefix(row.line == 0 ? "p.yaml: " : "p.yaml:\(row.line):"), "\(error)")
    }
  }

  /// Names are looked up when the set is compiled: a jump to nowhere, or to two places.
  @Test func placesThatAreNotOne() throws {
    let rows: [(steps: String, word: String)] = [
      ("- {do: jump, to: nowhere}", "no step 'nowhere'"),
      ("- {do: nothing, error: go nowhere}", "no step 'nowhere'"),
      ("- {do: jump, to: lock memory}\n  - do: lock memory\n  - do: lock memory", "means 2 steps"),
      ("- {do: jump, to: lock memory}\n  - {name: begin, do: lock memory}", "expected one of: begin"),
      ("- {do: jump, to: rest}\n  - {name: restore, do: nothing}", "did you mean 'restore'"),
    ]
    for row in rows {
      let error = try compileError(set("reset", "procedure: reset\nsteps:\n  \(row.steps)\n"))
      guard case .document(let document) = error else {
        Issue.record("\(row.steps): \(String(describing: error))")
        continue
      }
      #expect(document.code == .unknownWord && document.position.line == 3, "\(document)")
      #expect(document.description.contains(row.word), "\(document)")
    }
    // The only step that does a thing is its own name; a given name comes first.
    let own = "procedure: reset\nsteps:\n  - {do: jump, to: lock memory}\n  - do: lock memory\n"
    #expect(try compileError(set("reset", own)) == nil)
  }

  /// What never comes needs no reaction; what the built-in files react to does come.
  @Test func reactionsToWhatNeverComes() throws {
    func useless(_ step: String) throws -> [String] {
      try ProcedureFile(Document(text: "procedure: reset\nsteps:\n  - \(step)\n", file: "p.yaml")).uselessReactions.map(\.description)
    }
    #expect(try useless("{do: vfio.zap, busy: abandon}").first?.hasPrefix("p.yaml:3:5: `busy` does nothing: 'vfio.zap'") == true)
    #expect(try useless("{name: a, do: nothing, error: ignore}").first?.contains("`error` does nothing: 'nothing'") == true)
    for step in [
      "{do: TDH.DMAR.REMOVE, busy: abandon}", "{do: lock tsm, busy: abandon}", "{do: vfio.zap, error: ignore}", "{do: kvm.kick, busy: abandon}",
    ] {
      #expect(try useless(step) == [], "\(step)")
    }
    for variant in ProcedureSet.variantNames { #expect(try ProcedureSet(variant: variant).files.flatMap(\.uselessReactions) == []) }
    // What an edit leaves of a named step keeps its name alone.
    var edited = try ProcedureSet()
    try edited.apply(fault: "unbind-without-stop")
    #expect(edited.files.flatMap(\.uselessReactions) == [])
    // As the page on files lists them.
    #expect(Step.allCases.filter(\.mayBeBusy).count == 16)
  }

  /// Two who take two locks in both orders wait for each other.
  @Test func locksHaveAnOrder() throws {
    func outOfOrder(_ steps: [String]) throws -> [String] {
      let text = "procedure: reset\nsteps:\n" + steps.map { "  - \($0)\n" }.joined()
      return try ProcedureFile(Document(text: text, file: "p.yaml")).locksOutOfOrder.map(\.description)
    }
    let found = try outOfOrder(["do: lock memory", "do: lock tsm", "do: unlock tsm", "do: unlock memory"])
    #expect(found.count == 1 && found[0].hasPrefix("p.yaml:4:5: 'lock tsm' is out of order: memory may be held here"), "\(found)")
    #expect(try outOfOrder(["do: lock tsm", "do: unlock tsm", "do: lock memory", "do: unlock memory"]) == [])
    #expect(try outOfOrder(["do: lock memory", "do: unlock memory", "do: lock tsm", "do: unlock tsm"]) == [])
    // The design that is about just this.
    for variant in ProcedureSet.variantNames {
      let set = try ProcedureSet(variant: variant)
      #expect(set.files.contains { !$0.locksOutOfOrder.isEmpty } == (variant == "vfio-calls-tsm"), "\(variant)")
    }
  }

  /// A condition and what is done for it are one step only where a lock is held.
  @Test func decisionsAreUnderALock() throws {
    func decisions(_ steps: [String]) throws -> [String] {
      let text = "procedure: reset\nsteps:\n" + steps.map { "  - \($0)\n" }.joined()
      return try ProcedureFile(Document(text: text, file: "p.yaml")).unlockedDecisions.map(\.description)
    }
    let found = try decisions([
      "{do: kvm.set-private, if: bound}", "{do: jump, if: bound, to: end}", "{do: kvm.set-shared}", "{name: end, do: nothing}",
    ])
    #expect(found.count == 1 && found[0].hasPrefix("p.yaml:3:5: kvm.set-private asks 'bound' and acts in one step"), "\(found)")
    #expect(try decisions(["do: lock tsm", "{do: kvm.set-private, if: bound}", "do: unlock tsm"]) == [])
    #expect(try decisions(["do: lock tsm", "do: unlock tsm", "{do: kvm.set-private, if: bound}"]).count == 1)
    for variant in ProcedureSet.variantNames {
      for file in try ProcedureSet(variant: variant).files { #expect(file.unlockedDecisions.isEmpty, "\(variant) \(file.procedure)") }
    }
  }

  @Test func tooManySteps() throws {
    let many = "procedure: reset\nsteps:\n" + String(repeating: "  - do: nothing\n", count: Playbook.capacity)
    #expect(refusal(many)?.code == .outOfRange)
    // Each alone is not too long; all together are.
    let most = "procedure: reset\nsteps:\n" + String(repeating: "  - do: nothing\n", count: Playbook.capacity - 1)
    #expect(refusal(most) == nil)
    guard case .document(let error) = try compileError(set("reset", most)) else {
      Issue.record("a book beyond its capacity was compiled")
      return
    }
    #expect(error.code == .tooLarge)
    // Whoever made it too long is told, and not the file that came last.
    #expect(error.position.file.hasSuffix(".yaml") && !error.position.file.contains("/BuiltIn/"), "\(error)")
    #expect(error.message.contains("\(Playbook.capacity - 1) of them here"), "\(error)")
  }

  /// A procedure's own page or unit needs no `each`.
  @Test func conditionsAboutTheProceduresOwn() throws {
    for name in ["fault-shared", "fault-private"] {
      let text = "procedure: \(name)\nsteps:\n  - {do: jump, if: page-tee, to: end}\n  - {name: end, do: nothing}\n"
      #expect(try procedure(text).steps.count == 2)
    }
    #expect(try procedure("procedure: convert\nsteps:\n  - {do: nothing, if: memory-private}\n").steps.count == 1)
  }

  /// What goes round for ever, whatever the world is like, is known from the file.
  @Test func stepsWithoutAWayOut() throws {
    func endless(_ steps: String) throws -> [Int] {
      let book = try set("reset", "procedure: reset\nsteps:\n" + steps).playbook(), entry = Int(book.entry(of: .reset))
      return (entry..<book.count).filter { book[UInt16($0)].procedure == .reset && book[UInt16($0)].isEndless }.map { $0 - entry }
    }
    #expect(try endless("  - {name: a, do: lock tsm}\n  - do: unlock tsm\n  - {do: jump, to: a}\n") == [0, 1, 2])
    // The way into the loop is none of it.
    #expect(try endless("  - {do: jump, if: bound, to: b}\n  - {do: fail}\n  - {name: b, do: nothing}\n  - {do: jump, to: b}\n") == [2, 3])
    // A condition, a refusal, or a lock that is not waited for lead out.
    #expect(try endless("  - {name: a, do: lock tsm}\n  - do: unlock tsm\n  - {do: jump, if: bound, to: a}\n") == [])
    #expect(try endless("  - {name: a, do: vfio.open}\n  - {do: jump, to: a}\n") == [])
    #expect(try endless("  - {name: a, do: lock tsm, busy: abandon}\n  - do: unlock tsm\n  - {do: jump, to: a}\n") == [])
    for name in ProcedureSet.variantNames {
      let book = try ProcedureSet(variant: name).playbook()
      #expect(!(0..<book.count).contains { book[UInt16($0)].isEndless }, "\(name)")
    }
  }

  @Test func aFileStandsInForABuiltInOne() throws {
    let text = "procedure: reset\nsteps:\n  - do: vfio.reset-begin\n  - do: vfio.reset-end\n"
    let set = try set("reset", text)
    #expect(names(set, .reset) == ["vfio.reset-begin", "vfio.reset-end"])
    #expect(set.files.count == (try ProcedureSet()).files.count)
    // The name must be the one that the file declares.
    var other = try ProcedureSet()
    try withFile(text) { path in
      #expect(throws: ProcedureError.self) { try other.replace("close", withFile: path) }
      do throws(ProcedureError) { try other.replace("close", withFile: path) } catch {
        #expect(error.description.contains("declares the procedure 'reset'") && error.description.contains("procedure: close"))
      }
      do throws(ProcedureError) { try other.replace("clos", withFile: path) } catch {
        #expect(error.description.contains("did you mean 'close'"))
      }
    }
    #expect(throws: ProcedureError.self) { try other.replace("reset", withFile: "/no/such/file") }
    #expect(other.files == (try ProcedureSet()).files)
  }
}
