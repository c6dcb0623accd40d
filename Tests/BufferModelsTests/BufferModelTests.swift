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

  @Test func everyModelHasFaults() {
    for model in BufferModel.allCases { #expect(!model.faults.isEmpty) }
  }
}
