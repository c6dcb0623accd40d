import BufferModels
import Modelling
import Sharing
import Testing

/// Every model holds as it is, and every fault breaks the property that it is said to break.
@Suite struct BufferModelTests {
  @Test(arguments: BufferModel.allCases) func holds(_ model: BufferModel) throws {
    let report = try model.make().check()
    #expect(report.verdict == .holds, "\(report)")
    #expect(report.isExhaustive)
    // What never has a chance to break says nothing.
    #expect(report.neverHadAChance.isEmpty)
  }

  @Test(arguments: BufferFault.named + SharingGuard.allCases.filter { BufferModel.property(missing: $0) != nil }.map(BufferFault.dropped))
  func isCaught(_ fault: BufferFault) throws {
    var options = CheckOptions()
    options.stopsAtFirst = false
    let report = try #require(fault.model).make([fault]).check(options)
    let broken = report.answers.filter { if case .violated = $0.outcome { true } else { false } }.map(\.property)
    #expect(broken.contains(try #require(fault.breaks).sentence), "\(fault.name) breaks \(broken)")
  }

  /// What cannot fail says nothing by holding.
  @Test(arguments: BufferModel.allCases) func everyPropertyIsBrokenBySomething(_ model: BufferModel) throws {
    var options = CheckOptions(), broken: Set<String> = []
    options.stopsAtFirst = false
    for fault in model.faults + model.guards.map(BufferFault.dropped) {
      for answer in try model.make([fault]).check(options).answers {
        if case .violated = answer.outcome { broken.insert(answer.property) }
      }
    }
    #expect(model.properties.allSatisfy { broken.contains($0.sentence) }, "\(broken)")
  }

  /// Where locks are taken there is a fault that breaks their order, and the counterexample ends with the taking.
  @Test(arguments: [BufferFault.lockDisorder, .deviceLockLast, .callbackLocks, .tablesFirst, .secondWithoutTicket])
  func aLockOutOfOrderIsSeenWhereItIsTaken(_ fault: BufferFault) throws {
    var options = CheckOptions()
    options.stopsAtFirst = false
    let report = try #require(fault.model).make([fault]).check(options)
    let answer = try #require(report.answers.first { $0.property == "locks are taken in their order" })
    guard case .violated(let run) = answer.outcome else {
      Issue.record("\(fault.name): \(answer)")
      return
    }
    #expect(try #require(run.steps.last).action.hasPrefix("lock "))
  }

  @Test(arguments: [BufferModel.bufferRevoke, .bufferMove, .reservationTickets]) func locksAreAProperty(_ model: BufferModel) throws {
    #expect(try model.make().properties.contains { $0.sentence == "locks are taken in their order" })
  }

  @Test func everyModelHasFaults() {
    for model in BufferModel.allCases { #expect(!model.faults.isEmpty) }
  }

  /// A guard is one model's, or the table's.
  @Test func guardsAreShared() {
    let asked = BufferModel.allCases.flatMap(\.guards)
    #expect(Set(asked).count == asked.count)
    #expect(Set(asked) == Set(SharingGuard.allCases.filter { BufferModel.property(missing: $0) != nil }))
    for fault in BufferFault.named + asked.map(BufferFault.dropped) { #expect(fault.model?.fault(named: fault.name) == fault) }
    #expect(BufferModel.bufferMove.fault(named: "drop-guard:take-away/let-go") == nil)
  }

  /// What a model is asked is what it says that it is asked, and the faults break what it is asked.
  @Test(arguments: BufferModel.allCases) func propertiesAreListed(_ model: BufferModel) throws {
    let asked = try model.make().properties.filter { $0.kind != .sometimes }.map(\.sentence)
    #expect(asked == model.properties.map(\.sentence))
    let broken = model.faults.compactMap(\.breaks) + model.guards.compactMap(BufferModel.property(missing:))
    #expect(Set(broken).isSubset(of: Set(model.properties)))
    let one = try model.make(asking: [model.properties[0]])
    #expect(one.properties.filter { $0.kind != .sometimes }.map(\.sentence) == [model.properties[0].sentence])
    #expect(one.properties.contains { $0.kind == .sometimes })
  }
}
