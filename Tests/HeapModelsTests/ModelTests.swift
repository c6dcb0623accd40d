import HeapModels
import Modelling
import Restriction
import Testing

@Suite struct RestrictedHeapModels {
  static var bound: CheckOptions { CheckOptions(limit: 3_000_000) }

  /// A debug build takes minutes for all of it, and explores what is near; a release build asks everything.
  @Test func itHoldsAndEveryStepHappens() throws {
    #if DEBUG
      let report = try RestrictedHeapModel.make(liveness: false).check(CheckOptions(limit: 1500))
      #expect(report.verdict == .incomplete(.limit), "\(report)")
    #else
      let report = try RestrictedHeapModel.make().check()
      #expect(report.verdict == .holds, "\(report)")
      #expect(report.isExhaustive && report.neverHadAChance.isEmpty)
      // What an attacker asks for never happens, and neither does opening what was lent.
      let attacks = ["ask-", "grant-", "scrub(", "open("]
      #expect(report.neverFired.allSatisfy { name in attacks.contains { name.hasPrefix($0) } || name.contains("(0") }, "\(report.neverFired)")
    #endif
  }

  @Test(arguments: HeapFault.named) func everyFaultIsCaught(_ fault: HeapFault) throws {
    let report = try RestrictedHeapModel.make(pages: fault == .cookieReused ? 3 : 2, fault: fault, liveness: false).check(Self.bound)
    guard case .violated(let sentence) = report.verdict, let property = HeapProperty(sentence: sentence) else {
      Issue.record("\(fault.name) is not caught: \(report.verdict)")
      return
    }
    #expect(property == fault.breaks)
  }

  /// The property that is said to miss it, asked alone.
  @Test(arguments: RestrictedGuard.laws.map(HeapFault.dropped).filter { $0.breaks != nil }) func everyGuardIsMissed(_ fault: HeapFault) throws {
    let property = try #require(fault.breaks)
    let report = try RestrictedHeapModel.make(pages: 2, fault: fault, liveness: property == .lendNotReclaimed, asking: [property]).check(Self.bound)
    #expect(report.verdict == .violated(property.sentence), "\(fault.name): \(report.verdict) after \(report.states) states")
  }

  /// The table of `GuardTests` misses the others.
  @Test func fourGuardsAreTheTables() {
    #expect(RestrictedGuard.laws.filter { HeapFault.dropped($0).breaks == nil } == [.lendAligned, .lendMinimum, .releaseAssigned, .handOutCovered])
    #expect(Set((HeapFault.named + RestrictedGuard.laws.map(HeapFault.dropped)).compactMap(\.breaks)) == Set(HeapProperty.allCases))
  }

  @Test func namesGoBothWays() {
    for fault in HeapFault.named + RestrictedGuard.laws.map(HeapFault.dropped) { #expect(HeapFault(fault.name) == fault && !fault.summary.isEmpty) }
    #expect(HeapFault("drop-guard:nobody") == nil && HeapFault("x") == nil)
  }
}
