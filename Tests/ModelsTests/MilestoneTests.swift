import Exploration
import Models
import Procedures
import Rules
import Testing

/// "Sometimes": each model comes to what it is about, and one that does not says so.
@Suite struct MilestoneTests {
  private func model(_ procedures: ProcedureSet? = nil, importers: UInt8 = 0) throws -> Model {
    try Model(.privateMMIO, procedures: procedures ?? ProcedureSet(), bounds: Bounds(devices: 1, pages: 1, importers: importers, memory: 1))
  }

  @Test func namesAreDistinct() {
    #expect(Set(Milestone.allCases.map(\.id)).count == Milestone.allCases.count)
    #expect(!ModelKind.privateMMIO.milestones(in: Bounds(devices: 1, pages: 1, importers: 0, memory: 1)).contains(.importerMeetsRevocation))
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
    #expect(check.verdict == .holds)
    #expect(check.notReached == [.interfaceRuns, .privateAccess, .trustedDMA, .bufferComesBack, .entryAwaitsTracking])
    // A foreign VM wants an interface that somebody has. What is about a revoked buffer or any task had its chance all the same.
    #expect(
      check.neverHadAChance == [
        .privateMappingOutlivesInterface, .wrongPageAccepted, .pageMappedTwice, .interfaceHasTwoOwners, .runWithoutEvidence, .slotStaysPrivate,
      ])
  }

  #if !DEBUG
    @Test func anImporterMeetsARevocation() throws { #expect(try Check(model(importers: 1)).notReached == []) }

    @Test(arguments: [ModelKind.runningInterface]) func theFirmwareAlone(kind: ModelKind) throws {
      #expect(try Check(Model(kind, procedures: ProcedureSet())).notReached == [])
    }
  #endif
}
