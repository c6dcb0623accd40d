import BufferModels
import Modelling
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

  @Test(arguments: BufferFault.allCases) func isCaught(_ fault: BufferFault) throws {
    var options = CheckOptions()
    options.stopsAtFirst = false
    let report = try fault.model.make([fault]).check(options)
    let broken = report.answers.filter { if case .violated = $0.outcome { true } else { false } }.map(\.property)
    #expect(broken.contains(fault.breaks), "\(fault.rawValue) breaks \(broken)")
  }

  /// Where locks are taken there is a fault that breaks their order, and the counterexample ends with the taking.
  @Test(arguments: [BufferFault.lockDisorder, .deviceLockLast, .callbackLocks, .tablesFirst, .secondWithoutTicket])
  func aLockOutOfOrderIsSeenWhereItIsTaken(_ fault: BufferFault) throws {
    var options = CheckOptions()
    options.stopsAtFirst = false
    let report = try fault.model.make([fault]).check(options)
    let answer = try #require(report.answers.first { $0.property == "locks are taken in their order" })
    guard case .violated(let run) = answer.outcome else {
      Issue.record("\(fault.rawValue): \(answer)")
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
}
