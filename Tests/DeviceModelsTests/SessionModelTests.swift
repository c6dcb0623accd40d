import DeviceModels
import Modelling
import SPDM
import Testing

@Suite struct SPDMSessionModels {
  @Test func itHoldsAndEveryStepHappens() throws {
    let report = try SPDMSessionModel.make().check(CheckOptions(limit: bound))
    #if DEBUG
      #expect(report.counterexample == nil, "\(report)")
    #else
      #expect(report.verdict == .holds && report.isExhaustive && report.neverHadAChance.isEmpty, "\(report)")
      // What is forged never happens, and a stranger's answer is never believed.
      let attacks = [
        "r-key-exchange-rsp-", "r-takes-forged", "d-takes-forged", "r-negotiates(all,none)", "r-negotiates(oldOnly,none)", "r-measurements(",
      ]
      #expect(report.neverFired.allSatisfy { name in attacks.contains { name.hasPrefix($0) } }, "\(report.neverFired)")
    #endif
  }

  /// A mistake breaks what it is said to break, and that first. One guard breaks nothing here.
  static let faults = SessionFault.named + ProtocolGuard.ofSessions.map(SessionFault.dropped)

  /// Two sessions are needed before anything breaks: a release build asks, as `.ci/run` does.
  static let deep: [SessionFault] = [
    .shareReused, .updateKeepsKey, .dropped(.numberLeft), .dropped(.exchangeAsked), .dropped(.finishAnswerAsked), .dropped(.updateAnswer),
  ]

  @Test(arguments: faults.filter { $0.breaks != nil }) func everyFaultIsCaught(_ fault: SessionFault) throws {
    #if DEBUG
      if Self.deep.contains(fault) { return }
    #endif
    let report = try SPDMSessionModel.make(fault: fault).check(CheckOptions(limit: 3_000_000))
    guard case .violated(let sentence) = report.verdict, let property = SessionProperty(sentence: sentence) else {
      Issue.record("\(fault.name) is not caught: \(report.verdict) after \(report.states) states")
      return
    }
    #expect(property == fault.breaks, "\(fault.name)")
  }

  @Test func everyPropertyIsBrokenBySomething() {
    #expect(Set(Self.faults.compactMap(\.breaks)) == Set(SessionProperty.allCases))
    #expect(Self.faults.filter { $0.breaks == nil } == [.dropped(.updateTurn)])
  }

  @Test func namesGoBothWays() {
    for fault in SessionFault.named + ProtocolGuard.ofSessions.map(SessionFault.dropped) {
      #expect(SessionFault(fault.name) == fault && !fault.summary.isEmpty)
    }
    #expect(SessionFault("drop-guard:K_PROG/own-session") == nil && SessionFault("drop-guard:nobody") == nil && SessionFault("x") == nil)
    for property in SessionProperty.allCases { #expect(SessionProperty(sentence: property.sentence) == property) }
  }
}

/// A debug build takes a minute for all of it, and explores what is near.
var bound: Int? {
  #if DEBUG
    20_000
  #else
    nil
  #endif
}
