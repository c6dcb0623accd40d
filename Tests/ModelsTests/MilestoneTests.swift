import Documents
import Exploration
import Models
import Procedures
import Rules
import Testing

/// "Sometimes": each model comes to what it is about, and one that does not is no sound one.
@Suite struct MilestoneTests {
  private func model(_ procedures: ProcedureSet? = nil, importers: UInt8 = 0) throws -> Model {
    try Model(.privateMMIO, procedures: procedures ?? ProcedureSet(), bounds: Bounds(devices: 1, pages: 1, importers: importers, memory: 1))
  }

  @Test func namesAreDistinct() {
    #expect(Set(Milestone.allCases.map(\.id)).count == Milestone.allCases.count)
    #expect(Milestone.allCases.allSatisfy { Milestone(id: $0.id) == $0 } && Milestone(id: "relay-works") == nil)
    #expect(Procedure.allCases.allSatisfy { Milestone.allCases.contains(.works($0)) == ($0.purpose != nil) })
  }

  /// Nobody waits for an importer where there is none, nor for what nobody enters.
  @Test func whatCannotComeIsNotWanted() throws {
    let alone = try model()
    #expect(!alone.wanted.contains(.importerMeetsRevocation) && !alone.wanted.contains(.works(.convert)) && alone.wanted.contains(.works(.bind)))
    #expect(alone.milestones == alone.wanted.filter(\.isOwed))
    var actors = OptionalActors()
    actors.procedures = [.convert]
    let bounds = Bounds(devices: 1, pages: 1, importers: 1, memory: 1)
    let both = try Model(.privateMMIO, procedures: ProcedureSet(), bounds: bounds, with: actors)
    #expect(both.wanted.contains(.importerMeetsRevocation) && both.wanted.contains(.works(.convert)))
  }

  /// Whoever asks for something else is not told in the verdict, and whoever names one is asked that alone.
  @Test func whatIsNamedIsAsked() throws {
    var procedures = try ProcedureSet()
    try procedures.apply(fault: "bind-gives-up")
    func verdict(_ properties: [Property]?, _ milestones: [Milestone]?) throws -> Check.Verdict {
      let bounds = Bounds(devices: 1, pages: 1, importers: 0, memory: 1)
      return try Check(Model(.privateMMIO, procedures: procedures, bounds: bounds, properties: properties, milestones: milestones)).verdict
    }
    #expect(try verdict(nil, nil) == .neverReached(.works(.bind)))
    #expect(try verdict([.deadlock], nil) == .holds)
    #expect(try verdict([], [.interfaceRuns]) == .neverReached(.interfaceRuns))
    #expect(try verdict([], [.works(.close), .vmReleased]) == .holds)
    // One that cannot come is refused, also beside one that can.
    #expect(throws: Model.Failure.neverThere(.works(.convert))) { try verdict([.deadlock], [.works(.bind), .works(.convert)]) }
  }

  /// A search that did not see everything does not say that something is nowhere.
  @Test func whatWasNotSeenToTheEndMissesNothing() throws {
    var procedures = try ProcedureSet()
    try procedures.apply(fault: "bind-gives-up")
    let check = try Check(model(procedures), options: SearchOptions(limit: 500))
    #expect(check.verdict == .incomplete("limit") && check.missed == [] && check.notReached.contains(.works(.bind)))
  }

  @Test func theWholeWorldComesToAll() throws {
    let check = try Check(model())
    #expect(check.verdict == .holds && check.notReached == [] && check.neverHadAChance == [])
  }

  /// A bind that gives up at once breaks nothing, and proves nothing.
  @Test func aBindThatNeverBindsIsVacuous() throws {
    var procedures = try ProcedureSet()
    var bind = try #require(procedures[.bind])
    let fail = try #require(bind.steps.firstIndex { $0.step == .fail })
    bind.steps.insert(bind.steps.remove(at: fail), at: 0)
    try procedures.replace("bind", with: bind)
    let check = try Check(model(procedures))
    #expect(check.verdict == .neverReached(.works(.bind)))
    #expect(
      check.notReached == [
        .works(.bind), .works(.accept), .works(.unbind), .interfaceRuns, .privateAccess, .trustedDMA, .bufferComesBack,
        .entryAwaitsTracking,
      ])
    #expect(check.missed == check.notReached.dropLast())
    // A foreign VM wants an interface that somebody has. What is about a revoked buffer or any task had its chance all the same.
    #expect(
      check.neverHadAChance == [
        .privateMappingOutlivesInterface, .wrongPageAccepted, .pageMappedTwice, .interfaceHasTwoOwners, .runWithoutEvidence, .slotStaysPrivate,
      ])
  }

  /// What the changed procedure was there for is named, whatever else is missed through it and comes first in the list.
  @Test func theCulpritIsNamed() throws {
    var procedures = try ProcedureSet()
    let text = "fault: half\nedits: [{procedure: disconnect, remove: TDH.IDE.STREAM.BLOCK}]\n"
    try procedures.apply(try FaultFile(Document(text: text, file: "half.yaml")))
    var actors = OptionalActors()
    actors.procedures = [.connect]
    let bounds = Bounds(devices: 1, pages: 1, importers: 0, memory: 1)
    let check = try Check(Model(.privateMMIO, procedures: procedures, bounds: bounds, with: actors), options: SearchOptions(limit: stateLimit))
    #expect(check.notReached.contains(.works(.connect)) || !isOptimised)
    #expect(check.verdict == .neverReached(.works(.disconnect)) || !isOptimised)
  }

  /// Each procedure that is entered does what it is there for: without its act it does not, and reports that it did.
  @Test(arguments: [
    (Procedure.reset, ["vfio.reset-begin", "vfio.reset-end"]), (.memoryOn, ["vfio.memory-on"]), (.accept, ["TDH.DMAR.ADD"]),
    (.powerUp, ["vfio.power-d0"]), (.convert, ["TDH.MEM.PAGE.REMOVE"]),
  ])
  func aProcedureWithoutItsAct(procedure: Procedure, acts: [String]) throws {
    guard isOptimised else { return }
    let edits = acts.map { "{procedure: \(procedure.id), remove: \($0)}" }.joined(separator: ", ")
    #expect(try verdict(edits, asking: [.works(procedure)]) == .neverReached(.works(procedure)))
    #expect(try verdict(edits) == .violated(.falseSuccess))
  }

  /// Who never says that it went well, however well it went: a call behind the deed is always refused, or all that was taken is given back.
  @Test(arguments: [
    (
      Procedure.unbind, "{procedure: unbind, insert-after: TDH.DEVIF.REMOVE, steps: [{do: TDH.DEVIF.REQUEST(STATE), error: go late}]}",
      "{procedure: unbind, insert-after: unbound, steps: [{do: jump, to: over}, {name: late, do: unlock tsm}, {do: fail}, {name: over, do: nothing}]}"
    ),
    (
      .accept, "{procedure: accept, remove: let-go}",
      "{procedure: accept, replace: added, steps: [{do: TDH.DMAR.BLOCK}, {do: TDH.IQINV.REQ(PASIDTE)}, {do: TDH.IQINV.PROC}, {do: TDH.DMAR.REMOVE}]}"
    ),
  ])
  func whoNeverReportsSuccess(procedure: Procedure, first: String, second: String) throws {
    guard isOptimised else { return }
    #expect(try verdict("\(first), \(second)") == .neverReached(.works(procedure)))
  }

  /// - Parameter milestones: asked alone; nil: all is asked.
  private func verdict(_ edits: String, entering: Set<Procedure> = [], asking milestones: [Milestone]? = nil) throws -> Check.Verdict {
    var procedures = try ProcedureSet()
    try procedures.apply(try FaultFile(Document(text: "fault: mine\nedits: [\(edits)]\n", file: "mine.yaml")))
    var actors = OptionalActors()
    actors.procedures = entering
    let bounds = Bounds(devices: 1, pages: 1, importers: 0, memory: 1)
    let properties: [Property]? = milestones == nil ? nil : []
    let model = try Model(.privateMMIO, procedures: procedures, bounds: bounds, with: actors, properties: properties, milestones: milestones)
    return try Check(model).verdict
  }

  /// A stream that is blocked as soon as it is there is not connected, whatever is done to it afterwards.
  @Test func aBlockedStreamIsNone() throws {
    guard isOptimised else { return }
    let edits = "{procedure: connect, insert-after: TDH.IDE.STREAM.CREATE, steps: [{name: at-once, do: TDH.IDE.STREAM.BLOCK}]}"
    #expect(try verdict(edits, entering: [.connect, .disconnect], asking: [.works(.connect)]) == .neverReached(.works(.connect)))
  }

  /// Another way to the same end is none to be blamed: a reset by way of D3hot, a page that is mapped before anybody touches it.
  @Test func anotherWayIsNoMiss() throws {
    guard isOptimised else { return }
    let throughD3 = [
      "{procedure: reset, replace: vfio.reset-begin, steps: [{do: vfio.power-d3hot}]}",
      "{procedure: reset, replace: vfio.reset-end, steps: [{do: vfio.power-d0}]}",
    ]
    #expect(try verdict(throughD3.joined(separator: ", ")) == .holds)
    let map = [
      "{do: jump, unless: bound, to: restored}", "{do: kvm.take-frame, error: go restored}",
      "{do: kvm.install-mirror, each: page, if: page-tee, error: go restored}", "{do: TDH.MMIO.MAP, each: page, if: page-tee, error: go unmapped}",
      "{do: jump, to: restored}", "{name: unmapped, do: kvm.remove-mirror, each: page, if: page-mirrored}",
    ]
    let eager = [
      "{procedure: bind, insert-before: restored, steps: [\(map.joined(separator: ", "))]}",
      "{procedure: fault-private, insert-after: if-bound, steps: [{do: jump, if: page-private, to: out}]}",
    ]
    #expect(try verdict(eager.joined(separator: ", ")) == .holds)
  }

  /// Whose file says that it is there for something else is not asked.
  @Test func aPurposeCanBeDeclined() throws {
    guard isOptimised else { return }
    let text = "procedure: memory-off\npurpose: none\nsteps: [{do: nothing}]\n"
    var procedures = try ProcedureSet()
    try procedures.replace("memory-off", with: ProcedureFile(Document(text: text, file: "virtual.yaml")))
    #expect(try Check(model(procedures)).verdict == .neverReached(.works(.memoryOn)))
    let other = "procedure: memory-on\npurpose: none\nsteps: [{do: nothing}]\n"
    try procedures.replace("memory-on", with: ProcedureFile(Document(text: other, file: "virtual.yaml")))
    #expect(try Check(model(procedures)).verdict == .holds)
  }

  #if !DEBUG
    @Test func anImporterMeetsARevocation() throws { #expect(try Check(model(importers: 1)).notReached == []) }

    @Test(arguments: [ModelKind.runningInterface]) func theFirmwareAlone(kind: ModelKind) throws {
      #expect(try Check(Model(kind, procedures: ProcedureSet())).notReached == [])
    }
  #endif
}
