import Sharing
import Testing

/// For each guard a case in which it alone refuses, transcribed from what the source in its entry says, beside one that passes. Without the
/// guard the first passes as well.
struct SharingCase: Sendable, CustomTestStringConvertible {
  let guardName: SharingGuard
  /// The refusal, under a law; nil where nothing is in the way.
  let refused: @Sendable (SharingLaw) -> SharingGuard?
  let passes: @Sendable (SharingLaw) -> SharingGuard?
  var testDescription: String { guardName.id }

  init(
    _ guardName: SharingGuard, _ refused: @escaping @Sendable (SharingLaw) -> SharingGuard?,
    passes: @escaping @Sendable (SharingLaw) -> SharingGuard?
  ) {
    (self.guardName, self.refused, self.passes) = (guardName, refused, passes)
  }

  private static func refusal(_ start: RevocationStart) -> SharingGuard? { if case .refused(let why) = start { why } else { nil } }
  private static func refusal(_ answer: LockAnswer) -> SharingGuard? { if case .refused(let why) = answer { why } else { nil } }

  static let all: [SharingCase] = [
    // vfio_pci_dma_buf_attach: revoked is -ENODEV.
    .init(.attachLive, { $0.refusalToAttach(.revoked(.restorable)) }, passes: { $0.refusalToAttach(.live) }),
    .init(
      .attachLifetime, { $0.lifetime(offered: .revocable, bearable: .pinned) == nil ? .attachLifetime : nil },
      passes: { $0.lifetime(offered: .revocable, bearable: [.pinned, .revocable]) == .revocable ? nil : .attachLifetime }),
    .init(.mapLive, { $0.refusalToMap(.revoking(.restorable), .attached) }, passes: { $0.refusalToMap(.live, .attached) }),
    .init(.mapOnce, { $0.refusalToMap(.live, .told) }, passes: { $0.refusalToMap(.live, .attached) }),
    .init(
      .frameReservation, { $0.refusalOfFrame(isHeld: false, .live, .mapped) }, passes: { $0.refusalOfFrame(isHeld: true, .live, .mapped) }),
    .init(
      .frameLive, { $0.refusalOfFrame(isHeld: true, .revoking(.permanent), .mapped) }, passes: { $0.refusalOfFrame(isHeld: true, .live, .mapped) }
    ),
    .init(.frameMapped, { $0.refusalOfFrame(isHeld: true, .live, .told) }, passes: { $0.refusalOfFrame(isHeld: true, .live, .mapped) }),
    .init(
      .useSettled, { $0.mayUse(isKernelWorkOver: false) ? nil : .useSettled }, passes: { $0.mayUse(isKernelWorkOver: true) ? nil : .useSettled }),
    .init(.pinLive, { $0.refusalToPin(.revoking(.restorable), .mapped) }, passes: { $0.refusalToPin(.live, .mapped) }),
    .init(.pinAttached, { $0.refusalToPin(.live, .detached) }, passes: { $0.refusalToPin(.live, .attached) }),
    .init(.pinHeld, { $0.refusalToUnpin(pins: 0) }, passes: { $0.refusalToUnpin(pins: 1) }),
    .init(
      .revokeUnpinned, { refusal($0.revocation(of: .live, .restorable, pins: 1)) },
      passes: { refusal($0.revocation(of: .live, .restorable, pins: 0)) }
    ),
    .init(
      .takeAwayOnce, { $0.refusalToTakeAway(.takenAway, isWorkOver: true, mappings: 0) },
      passes: { $0.refusalToTakeAway(.lent, isWorkOver: true, mappings: 0) }),
    .init(
      .giveUpAsked, { $0.refusalToGiveUp(.revoking(.permanent), asked: .restorable) },
      passes: { $0.refusalToGiveUp(.revoking(.permanent), asked: .permanent) }),
    .init(
      .takeAwayWorkOver, { $0.refusalToTakeAway(.withheld, isWorkOver: false, mappings: 0) },
      passes: { $0.refusalToTakeAway(.withheld, isWorkOver: true, mappings: 0) }),
    .init(
      .takeAwayLetGo, { $0.refusalToTakeAway(.withheld, isWorkOver: true, mappings: 1) },
      passes: { $0.refusalToTakeAway(.withheld, isWorkOver: true, mappings: 0) }),
    .init(
      .restoreRestorable, { $0.refusalToRestore(.revoked(.permanent), isWorkOver: true, mappings: 0) },
      passes: { $0.refusalToRestore(.revoked(.restorable), isWorkOver: true, mappings: 0) }),
    .init(
      .restoreLetGo, { $0.refusalToRestore(.revoked(.restorable), isWorkOver: true, mappings: 2) },
      passes: { $0.refusalToRestore(.revoked(.restorable), isWorkOver: true, mappings: 0) }),
    .init(
      .restoreWorkOver, { $0.refusalToRestore(.revoked(.restorable), isWorkOver: false, mappings: 0) },
      passes: { $0.refusalToRestore(.revoked(.restorable), isWorkOver: true, mappings: 0) }),
    .init(
      .moveLive, { $0.refusalToMove(.revoked(.restorable), pins: 0, hasFixed: false) },
      passes: { $0.refusalToMove(.live, pins: 0, hasFixed: false) }),
    .init(
      .moveUnpinned, { $0.refusalToMove(.live, pins: 1, hasFixed: false) }, passes: { $0.refusalToMove(.live, pins: 0, hasFixed: false) }),
    .init(.moveClass, { $0.refusalToMove(.live, pins: 0, hasFixed: true) }, passes: { $0.refusalToMove(.live, pins: 0, hasFixed: false) }),
    .init(.moveLetGo, { $0.refusalToRelocate(mappings: 1) }, passes: { $0.refusalToRelocate(mappings: 0) }),
    .init(.moveWorkOver, { $0.refusalToCopy(isWorkOver: false) }, passes: { $0.refusalToCopy(isWorkOver: true) }),
    // st-ww-mutex.c: the same context again is -EALREADY; a younger one with locks in hand is -EDEADLK; an older one waits.
    .init(
      .lockOnce, { refusal($0.answer(to: 4, holdsOthers: true, heldBy: 4)) }, passes: { refusal($0.answer(to: 4, holdsOthers: true, heldBy: 9)) }),
    .init(
      .lockYounger, { refusal($0.answer(to: 9, holdsOthers: true, heldBy: 4)) },
      passes: { refusal($0.answer(to: 9, holdsOthers: false, heldBy: 4)) }),
    .init(.lockSlowlyEmptyHanded, { $0.refusalToLockSlowly(held: 1) }, passes: { $0.refusalToLockSlowly(held: 0) }),
    .init(.addReserved, { $0.refusalToAdd(promised: 0) }, passes: { $0.refusalToAdd(promised: 1) }),
    .init(.signalOnce, { $0.refusalToSignal(isSignalled: true) }, passes: { $0.refusalToSignal(isSignalled: false) }),
    .init(.errorBeforeSignal, { $0.refusalToSetError(isSignalled: true) }, passes: { $0.refusalToSetError(isSignalled: false) }),
  ]
}

@Suite struct SharingGuards {
  @Test(arguments: SharingCase.all) func refusesAlone(_ one: SharingCase) {
    #expect(one.refused(SharingLaw()) == one.guardName)
    #expect(one.passes(SharingLaw()) == nil)
    #expect(one.refused(SharingLaw(dropping: [one.guardName])) == nil)
    // No other guard is behind it.
    let others = SharingGuard.allCases.filter { $0 != one.guardName }
    #expect(one.refused(SharingLaw(dropping: others)) == one.guardName)
  }

  @Test func everyGuardHasACaseAndANameOfItsOwn() {
    #expect(Set(SharingCase.all.map(\.guardName)) == Set(SharingGuard.allCases))
    #expect(Set(SharingGuard.allCases.map(\.id)).count == SharingGuard.allCases.count)
    for one in SharingGuard.allCases {
      #expect(SharingGuard(id: one.id) == one)
      #expect(!one.entry.code.isEmpty && !one.entry.source.isEmpty)
    }
    #expect(SharingGuard(id: "nobody") == nil)
  }
}

@Suite struct SharingRules {
  /// The exporter keeps as much freedom as the importer bears; what is wanted is had or not, and nothing else instead.
  @Test func classes() {
    let law = SharingLaw()
    #expect(law.lifetime(offered: [.pinned, .revocable, .movable], bearable: [.pinned, .movable]) == .movable)
    #expect(law.lifetime(offered: [.pinned, .revocable], bearable: [.pinned, .revocable, .movable]) == .revocable)
    #expect(law.lifetime(offered: [.pinned, .revocable], bearable: [.pinned, .revocable], wanted: .pinned) == .pinned)
    #expect(law.lifetime(offered: .revocable, bearable: [.pinned, .revocable], wanted: .pinned) == nil)
    #expect(SharingLaw(dropping: [.attachLifetime]).lifetime(offered: .revocable, bearable: .pinned) == .revocable)
  }

  @Test func aRevocationGrowsAndNeverShrinks() {
    let law = SharingLaw()
    #expect(law.revocation(of: .live, .restorable, pins: 0) == .begin)
    #expect(law.revocation(of: .revoking(.restorable), .permanent, pins: 0) == .becomesPermanent(.revoking(.permanent)))
    #expect(law.revocation(of: .revoked(.restorable), .permanent, pins: 3) == .becomesPermanent(.revoked(.permanent)))
    for life in [BufferLife.revoking(.permanent), .revoked(.permanent), .revoked(.restorable), .released] {
      #expect(law.revocation(of: life, .restorable, pins: 0) == .nothing)
    }
    #expect(BufferLife.revoking(.permanent).ended == .revoked(.permanent) && BufferLife.live.ended == .live)
  }

  /// Of two tickets that hold locks, one waits and one gives way; without a ticket everybody waits.
  @Test(arguments: 1...6, 1...6) func oneOfTwoWaits(one: UInt64, other: UInt64) {
    let law = SharingLaw()
    let answers = [law.answer(to: one, holdsOthers: true, heldBy: other), law.answer(to: other, holdsOthers: true, heldBy: one)]
    #expect(answers.filter { $0 == .wait }.count == (one == other ? 0 : 1))
    #expect(law.answer(to: 0, holdsOthers: true, heldBy: other) == .wait && law.answer(to: one, holdsOthers: true, heldBy: 0) == .wait)
  }

  @Test func anErrorThatWasSetStays() {
    #expect(SharingLaw().outcome(set: 1, signalled: 2) == 1)
    #expect(SharingLaw().outcome(set: nil, signalled: 2) == 2)
    #expect(SharingLaw().outcome(set: Int?.none, signalled: nil) == nil)
  }

  /// linux.md section 8, as pairs: whoever holds the first may take the second.
  @Test func locksHaveAnOrder() {
    func mayTake(_ rank: LockRank, holding: [LockRank], underTicket: Int = 0) -> Bool {
      var held = HeldLocks()
      for one in holding { held.take(one) }
      return LockBreach(taking: rank, with: held, underTicket: underTicket) == nil
    }
    #expect(mayTake(.reservation, holding: [.device]) && mayTake(.pageTables, holding: [.device, .reservation]))
    #expect(!mayTake(.device, holding: [.reservation]) && !mayTake(.device, holding: [.pageTables]))
    #expect(!mayTake(.reservation, holding: [.pageTables]) && !mayTake(.reservation, holding: [.fenceCallback]))
    #expect(!mayTake(.reservation, holding: [.reservation]) && mayTake(.reservation, holding: [.reservation], underTicket: 1))
    // One of the two is held beside the ticket.
    #expect(!mayTake(.reservation, holding: [.reservation, .reservation], underTicket: 1))
    #expect(!mayTake(.pageTables, holding: [.pageTables]))
    #expect(mayTake(.device, holding: [.device]) && mayTake(.fenceCallback, holding: [.reservation]))
    var held = HeldLocks()
    held.take(.reservation)
    held.take(.reservation)
    held.release(.reservation)
    #expect(held.count(.reservation) == 1 && held.count(.device) == 0)
  }
}
