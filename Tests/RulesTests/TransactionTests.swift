import Rules
import Testing

/// What a device takes and sends with which T bit, in which state. PCIe 6.0 sections 11.2.3 and 11.2.4.
@Suite struct TransactionTests {
  /// Rows: TEE page or not, T bit. Columns: UNLOCKED, LOCKED, RUN, ERROR.
  private let received: [(isTEE: Bool, tBit: Bool, answers: [Outcome])] = [
    (true, true, [.refused(.tlpT1Run), .refused(.tlpT1Run), .accepted, .refused(.tlpT1Run)]),
    (true, false, [.accepted, .refused(.tlpT0Unlocked), .refused(.tlpT0Unlocked), .refused(.tlpT0Unlocked)]),
    (false, true, [.refused(.tlpT1Run), .refused(.tlpT1Run), .accepted, .refused(.tlpT1Run)]),
    (false, false, [.accepted, .accepted, .accepted, .accepted]),
  ]

  @Test func requestsAtTheDevice() {
    for row in received {
      for (state, answer) in zip(InterfaceState.allCases, row.answers) {
        let interface = DeviceInterface(state: state)
        let request = MemoryRequest(isTEEPage: row.isTEE, tBit: row.tBit)
        #expect(interface.receive(request, under: noLaw) == answer, "TEE \(row.isTEE), T \(row.tBit), \(state)")
        // Another stream than the bound one carries T=1 nowhere; T=0 does not depend on it.
        let foreign = MemoryRequest(isTEEPage: row.isTEE, tBit: row.tBit, isOnBoundStream: false)
        let there: Outcome = row.tBit && answer == .accepted ? .refused(.tlpT1Stream) : answer
        #expect(interface.receive(foreign, under: noLaw) == there)
      }
    }
  }

  @Test func transfersOfTheDevice() {
    let answers: [(InterfaceState, withT: Outcome, withoutT: Outcome)] = [
      (.configUnlocked, .refused(.issueT1Run), .accepted), (.configLocked, .refused(.issueT1Run), .refused(.issueT0Unlocked)),
      (.run, .accepted, .refused(.issueT0Unlocked)), (.error, .refused(.issueT1Run), .refused(.issueT0Unlocked)),
    ]
    for (state, withT, withoutT) in answers {
      let interface = DeviceInterface(state: state)
      #expect(interface.issue(tBit: true, under: noLaw) == withT)
      #expect(interface.issue(tBit: false, under: noLaw) == withoutT)
    }
  }

  /// LOCKED sends interrupts with T=0 only; in RUN MSI has T=0, MSI-X has T=1 only from a table that is locked and reported.
  @Test func interrupts() {
    for state in InterfaceState.allCases {
      let interface = DeviceInterface(state: state)
      for isMSIX in [false, true] {
        for isLocked in [false, true] {
          let plain = interface.interrupt(tBit: false, isMSIX: isMSIX, tableIsLockedAndReported: isLocked, under: noLaw)
          #expect(plain == (state == .error ? .refused(.issueInterruptState) : .accepted))
          let trusted = interface.interrupt(tBit: true, isMSIX: isMSIX, tableIsLockedAndReported: isLocked, under: noLaw)
          #expect(trusted == (state == .run && isMSIX && isLocked ? .accepted : .refused(.issueInterruptT)))
        }
      }
    }
  }

  /// What the function adds: no bus mastering, no power, no presence, no transfer.
  @Test func aFunctionThatIsAwaySendsNothing() throws {
    let book = try rulebook()
    for mask in 0..<8 {
      var world = TableWorld(bounds: book.bounds)
      world.set(.busMaster, 0, mask & 1 == 0)
      world[power: 0] = mask & 2 == 0 ? .d0 : .d3hot
      world.set(.inReset, 0, mask & 4 != 0)
      let expected: Outcome =
        mask & 1 != 0
        ? .refused(.issueBusMaster)
        : mask & 2 != 0
          ? .refused(.issuePower)
          : mask & 4 != 0 ? .refused(.issueReset) : .accepted
      #expect(world.startDMA(0, trusted: false, book) == expected)
      #expect(world[dma: 0] == (mask == 0 ? .shared : .none))
    }
  }
}
