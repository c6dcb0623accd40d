import Rules
import Testing

/// The interface's own rules against the tables of PCIe 6.0 chapter 11, written down here once more as data.
@Suite struct InterfaceTests {
  private let states = InterfaceState.allCases

  // MARK: Requests

  /// A request, the states in which it is legal, what it leads to, and what it is refused with elsewhere.
  @Test func everyRequestInEveryState() {
    for state in states {
      let before = DeviceInterface(state: state, nonceIsLive: state == .configLocked, holdsSecrets: state == .run)

      var locked = before
      if state == .configUnlocked {
        #expect(locked.lock(LockConditions(), under: noLaw) == .accepted)
        #expect(locked == DeviceInterface(state: .configLocked, nonceIsLive: true))
      } else {
        #expect(locked.lock(LockConditions(), under: noLaw) == .refused(.lockState) && locked == before)
      }

      let mayReport = state == .configLocked || state == .run
      #expect(before.report(offset: 0, of: 64, under: noLaw) == (mayReport ? .accepted : .refused(.reportState)))

      var started = before
      if state == .configLocked {
        #expect(started.start(nonceMatches: true, under: noLaw) == .accepted)
        #expect(started == DeviceInterface(state: .run))
      } else {
        #expect(started.start(nonceMatches: true, under: noLaw) == .refused(.startState) && started == before)
      }

      var stopped = before
      stopped.stop(under: noLaw)
      #expect(stopped == DeviceInterface())

      for isSupported in [true, false] {
        let answer = before.configureWhileRunning(isSupported: isSupported, under: noLaw)
        let expected: Outcome =
          !isSupported ? .refused(.runConfigurationSupported) : state == .run ? .accepted : .refused(.runConfigurationState)
        #expect(answer == expected)
      }
    }
  }

  /// The codes of the errors, as PCIe 6.0 names them.
  @Test func errorsHaveTheirNames() {
    let codes: [(Guard, String)] = [
      (.lockState, "INVALID_INTERFACE_STATE"), (.lockKeys, "INVALID_REQUEST"), (.lockConfiguration, "INVALID_DEVICE_CONFIGURATION"),
      (.lockEntropy, "INSUFFICIENT_ENTROPY"), (.reportState, "INVALID_INTERFACE_STATE"), (.reportOffset, "INVALID_REQUEST"),
      (.startState, "INVALID_INTERFACE_STATE"), (.startNonce, "INVALID_NONCE"), (.runConfigurationSupported, "UNSUPPORTED_REQUEST"),
      (.runConfigurationState, "INVALID_INTERFACE_STATE"),
    ]
    for (law, code) in codes { #expect(law.entry.code == code && !law.isBusy) }
  }

  @Test func eachLockConditionRefusesAlone() {
    for mask in 0..<8 {
      var found = LockConditions()
      (found.keysAreSet, found.configurationIsValid, found.entropyIsAvailable) = (mask & 1 == 0, mask & 2 == 0, mask & 4 == 0)
      var interface = DeviceInterface()
      let expected: Outcome =
        mask & 1 != 0
        ? .refused(.lockKeys)
        : mask & 2 != 0
          ? .refused(.lockConfiguration)
          : mask & 4 != 0 ? .refused(.lockEntropy) : .accepted
      #expect(interface.lock(found, under: noLaw) == expected)
      #expect(interface.state == (mask == 0 ? .configLocked : .configUnlocked) && interface.nonceIsLive == (mask == 0))
    }
  }

  @Test(arguments: [UInt32(1), 16, 4096, .max]) func aPortionStartsInsideTheReport(size: UInt32) {
    let interface = DeviceInterface(state: .run)
    #expect(interface.report(offset: 0, of: size, under: noLaw) == .accepted)
    #expect(interface.report(offset: size - 1, of: size, under: noLaw) == .accepted)
    #expect(interface.report(offset: size, of: size, under: noLaw) == .refused(.reportOffset))
    #expect(interface.report(offset: .max, of: size, under: noLaw) == .refused(.reportOffset))
    #expect(interface.report(offset: 0, of: 0, under: noLaw) == .refused(.reportOffset))
  }

  // MARK: The nonce

  /// It lives from LOCK to the first of: use, STOP, ERROR, a conventional reset.
  @Test func theNonceLivesForOneLock() {
    var interface = DeviceInterface()
    #expect(!interface.nonceIsLive)
    #expect(interface.lock(LockConditions(), under: noLaw) == .accepted && interface.nonceIsLive)
    let locked = interface
    #expect(interface.start(nonceMatches: false, under: noLaw) == .refused(.startNonce) && interface == locked)
    let ends: [(String, (inout DeviceInterface) -> Void)] = [
      ("start", { #expect($0.start(nonceMatches: true, under: noLaw) == .accepted) }),
      ("stop", { $0.stop(under: noLaw) }),
      ("change", { $0.observe(.barWritten, under: noLaw) }),
      ("reset", { $0.conventionalReset() }),
    ]
    for (name, end) in ends {
      var interface = locked
      end(&interface)
      #expect(!interface.nonceIsLive, "\(name)")
      #expect(interface.start(nonceMatches: true, under: noLaw) != .accepted, "\(name)")
    }
    // A nonce that is gone does not pass, even if the state would.
    var stale = DeviceInterface(state: .configLocked, nonceIsLive: false)
    #expect(stale.start(nonceMatches: true, under: noLaw) == .refused(.startNonce))
  }

  // MARK: Tracking

  /// Section 11.2.6: what leads a locked interface to ERROR, and what does not.
  @Test func everyChangeFromEveryState() {
    let allowed: Set<TrackedChange> = [
      .msiWritten, .acsWritten, .aerMaskWritten, .atsWritten, .doeWritten, .otherCommandBitsWritten, .msixWrittenWhileNotLocked,
    ]
    #expect(TrackedChange.allCases.count == 25 + allowed.count)
    for change in TrackedChange.allCases {
      for state in states {
        let before = DeviceInterface(state: state, nonceIsLive: state == .configLocked, holdsSecrets: true)
        var after = before
        after.observe(change, under: noLaw)
        let breaks = !allowed.contains(change) && (state == .configLocked || state == .run)
        let expected = breaks ? DeviceInterface(state: .error, nonceIsLive: false, holdsSecrets: true) : before
        #expect(after == expected, "\(change) in \(state)")
      }
    }
  }

  @Test func errorLastsUntilStop() {
    for change in TrackedChange.allCases {
      var interface = DeviceInterface(state: .error, holdsSecrets: true)
      interface.observe(change, under: noLaw)
      #expect(interface.state == .error && interface.holdsSecrets)
      #expect(interface.lock(LockConditions(), under: noLaw) == .refused(.lockState))
      interface.stop(under: noLaw)
      #expect(interface == DeviceInterface())
    }
  }

  /// An FLR leaves ERROR and the secrets; only a conventional reset makes a new device of it.
  @Test func resets() {
    for state in states {
      var reset = DeviceInterface(state: state, nonceIsLive: true, holdsSecrets: true), flr = reset
      reset.conventionalReset()
      #expect(reset == DeviceInterface())
      flr.observe(.functionLevelReset, under: noLaw)
      #expect(flr.state == (state.isLocked ? .error : state) && flr.holdsSecrets)
    }
  }
}
