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

  /// What each mistake breaks first.
  static let expected: [KeyFault: KeyProperty] = [
    .readPassesWrite: .staleRead, .lateCompletion: .completionToOther, .streamNotRekeyed: .writeOfOtherOwner,
    .keysOutliveSession: .keyOutlivesSession, .insecureWithoutError: .lockedWithoutKeys,
    .dropped(.programIdle): .lockedWithoutKeys, .dropped(.programOwn): .keyTaken, .dropped(.goProgrammed): .keyTaken,
    .dropped(.goOnce): .packetOutOfTurn, .dropped(.goOwn): .keyTaken, .dropped(.stopOwn): .keyTaken, .dropped(.packetKey): .packetOutOfTurn,
    .dropped(.packetCount): .packetOutOfTurn, .dropped(.packetOrder): .staleRead, .dropped(.packetLeft): .countReused,
    .dropped(.tagQuiet): .completionToOther, .dropped(.completionAsked): .completionToOther, .dropped(.bindKeysChanged): .writeOfOtherOwner,
    .droppedInterface(.lockKeys): .lockedWithoutKeys, .droppedInterface(.tlpT1Run): .writeOfOtherOwner,
  ]

  /// `KeyLifeTests` misses this one: a key that nobody uses can be stopped without harm.
  static let ofTheTable: [ProtocolGuard] = [.stopInUse]

  @Test(
    arguments: KeyFault.named + ProtocolGuard.ofLinks.filter { !ofTheTable.contains($0) }.map(KeyFault.dropped)
      + KeyFault.interfaceGuards.map(KeyFault.droppedInterface))
  func everyFaultIsCaught(_ fault: KeyFault) throws {
    let report = try IDEKeysModel.make(fault: fault).check(CheckOptions(limit: 3_000_000))
    guard case .violated(let sentence) = report.verdict, let property = KeyProperty(sentence: sentence) else {
      Issue.record("\(fault.name) is not caught: \(report.verdict) after \(report.states) states")
      return
    }
    #expect(property == Self.expected[fault], "\(fault.name)")
  }

  @Test func everyPropertyIsBrokenBySomething() { #expect(Set(Self.expected.values) == Set(KeyProperty.allCases)) }

  @Test func namesGoBothWays() {
    for fault in KeyFault.named + ProtocolGuard.ofLinks.map(KeyFault.dropped) + KeyFault.interfaceGuards.map(KeyFault.droppedInterface) {
      #expect(KeyFault(fault.name) == fault && !fault.summary.isEmpty)
    }
    #expect(KeyFault("drop-guard:FINISH/pending") == nil && KeyFault("drop-guard:TDISP.START/nonce") == nil && KeyFault("x") == nil)
    for property in KeyProperty.allCases { #expect(KeyProperty(sentence: property.sentence) == property) }
  }
}
