import DeviceModels
import Modelling
import Rules
import SPDM
import Testing

@Suite struct IDEKeysModels {
  @Test func itHoldsAndEveryStepHappens() throws {
    let report = try IDEKeysModel.make().check(CheckOptions(limit: bound))
    #if DEBUG
      #expect(report.counterexample == nil, "\(report)")
    #else
      #expect(report.verdict == .holds && report.isExhaustive && report.neverHadAChance.isEmpty, "\(report)")
      #expect(report.neverFired.isEmpty, "\(report.neverFired)")
    #endif
  }

  /// A mistake breaks what it is said to break, and that first. One guard breaks nothing here.
  static let faults = KeyFault.named + ProtocolGuard.ofLinks.map(KeyFault.dropped) + KeyFault.interfaceGuards.map(KeyFault.droppedInterface)

  @Test(arguments: faults.filter { $0.breaks != nil }) func everyFaultIsCaught(_ fault: KeyFault) throws {
    let report = try IDEKeysModel.make(fault: fault).check(CheckOptions(limit: 3_000_000))
    guard case .violated(let sentence) = report.verdict, let property = KeyProperty(sentence: sentence) else {
      Issue.record("\(fault.name) is not caught: \(report.verdict) after \(report.states) states")
      return
    }
    #expect(property == fault.breaks, "\(fault.name)")
  }

  @Test func everyPropertyIsBrokenBySomething() {
    #expect(Set(Self.faults.compactMap(\.breaks)) == Set(KeyProperty.allCases))
    #expect(Self.faults.filter { $0.breaks == nil } == [.dropped(.stopInUse)])
  }

  @Test func namesGoBothWays() {
    for fault in KeyFault.named + ProtocolGuard.ofLinks.map(KeyFault.dropped) + KeyFault.interfaceGuards.map(KeyFault.droppedInterface) {
      #expect(KeyFault(fault.name) == fault && !fault.summary.isEmpty)
    }
    #expect(KeyFault("drop-guard:FINISH/pending") == nil && KeyFault("drop-guard:TDISP.START/nonce") == nil && KeyFault("x") == nil)
    for property in KeyProperty.allCases { #expect(KeyProperty(sentence: property.sentence) == property) }
  }
}
