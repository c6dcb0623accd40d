import Models
import Primitives
import Rules
import Testing

/// Every guard is worth its place: there is a world in which it alone refuses. Switched off, the same attempt goes through.
/// A guard for which no such world exists would be decoration, and no fault could ever show what it is for.
@Suite struct GuardTests {
  @Test func everyGuardHasItsNameCodeAndSource() {
    #expect(Set(Guard.allCases.map(\.id)).count == Guard.allCases.count)
    for law in Guard.allCases {
      #expect(Guard(id: law.id) == law)
      #expect(law.id.contains("/") && !law.entry.code.isEmpty && !law.entry.source.isEmpty, "\(law)")
    }
    #expect(Guard(id: "") == nil && Guard(id: "TDH.MMIO.UNMAP") == nil)
    #expect(Set(Guard.allCases).subtracting(Guard.laws) == [.mailboxError, .chance, .notNow])
    #expect(Guard.allCases.count <= 192, "Law has three words")
  }

  @Test func droppingIsOneBit() {
    for law in Guard.allCases {
      let dropped = Law(dropping: [law])
      #expect(Guard.allCases.filter { dropped.isDropped($0) } == [law])
      #expect(dropped.holds(law, false) && !Law().holds(law, false) && Law().holds(law, true))
      #expect(dropped != Law() && dropped == Law(dropping: [law, law]))
    }
  }

  /// What the guard does alone: refuses an attempt, that is, or is the reason for which a procedure's step fails.
  private func decides(_ law: Guard, _ world: PackedWorld, _ action: Action, _ book: Rulebook) -> Bool {
    var lenient = book, next = world
    lenient.law.drop(law)
    switch next.perform(action, lenient) {
    case .accepted, .violated: return true
    case .refused, .failed: return false
    }
  }

  /// Guards that decide something in states that a walk reaches from the set-up.
  private func decisiveOnWalks(_ cast: Cast, steps: Int, seed: UInt64) throws -> Set<Guard> {
    let bounds = Bounds(devices: 1, pages: 2, importers: 1, memory: 1)
    var book = try rulebook(bounds: bounds)
    var world = PackedWorld(), decisive: Set<Guard> = [], random = SeededRandom(seed: seed)
    try setUp(&world, book)
    var starts: [PackedWorld] = []
    for progress in Progress.allCases {
      var start = world
      try bringUp(&start, to: progress, book)
      starts.append(start)
    }
    book.cast = cast
    let actions = everyAction(bounds)
    for step in 0..<steps {
      if step % 150 == 0 { world = starts[step / 150 % starts.count] }
      let action = nextAction(actions, &random)
      var next = world
      switch next.perform(action, book) {
      case .refused(let law), .failed(let law):
        if !decisive.contains(law), decides(law, world, action, book) { decisive.insert(law) }
        world = next
      case .accepted: world = next
      case .violated: continue
      }
    }
    return decisive
  }

  /// The same in worlds of any values: hand-made by a dice.
  private func decisiveAnywhere(_ cast: Cast, _ missing: Set<Guard>, worlds: Int) throws -> Set<Guard> {
    let bounds = Bounds(devices: 1, pages: 2, importers: 1, memory: 1), book = try rulebook(cast, bounds: bounds)
    let actions = everyAction(bounds)
    var decisive: Set<Guard> = [], random = SeededRandom(seed: 97)
    for _ in 0..<worlds where decisive != missing {
      let world = wildWorld(book, &random)
      for action in actions {
        var next = world
        switch next.perform(action, book) {
        case .refused(let law), .failed(let law):
          if missing.contains(law), !decisive.contains(law), decides(law, world, action, book) { decisive.insert(law) }
        case .accepted, .violated: break
        }
      }
    }
    return decisive
  }

  @Test func everyGuardIsAloneDecisiveSomewhere() throws {
    var missing = Set(Guard.laws).subtracting(valueCases().map(\.law))
    for (i, cast) in Cast.allCases.enumerated() { missing.subtract(try decisiveOnWalks(cast, steps: 30_000, seed: UInt64(i))) }
    missing.subtract(try decisiveAnywhere(.untrustedHost, missing, worlds: 12_000))
    #expect(missing.isEmpty, "never alone: \(missing.map(\.id).sorted())")
  }

  // MARK: Guards of values

  private struct ValueCase {
    let law: Guard
    /// True when the attempt goes through.
    let passes: (Law) -> Bool
    init(_ law: Guard, _ passes: @escaping (Law) -> Bool) { (self.law, self.passes) = (law, passes) }
  }

  /// What is judged on a value, not on a world: one attempt for each, which nothing else forbids.
  private func valueCases() -> [ValueCase] {
    func state(_ state: InterfaceState, nonce: Bool = false) -> DeviceInterface {
      DeviceInterface(state: state, nonceIsLive: nonce, holdsSecrets: true)
    }
    func lock(_ from: InterfaceState, _ spoil: @escaping (inout LockConditions) -> Void) -> (Law) -> Bool {
      { law in
        var interface = state(from), found = LockConditions()
        spoil(&found)
        return interface.lock(found, under: law) == .accepted
      }
    }
    func slot(_ spoil: @escaping (inout SlotRequest) -> Void) -> (Law) -> Bool {
      { law in
        var world = TableWorld(bounds: smallWorld), request = SlotRequest()
        for field in [Field.bufferIsExported, .holdsVM] { world.set(field, 0, true) }
        spoil(&request)
        return world.addSlot(0, request, Rulebook(law: law)).changesTheWorld
      }
    }
    func attach(_ abilities: ImporterAbilities) -> (Law) -> Bool {
      { law in
        var world = TableWorld(bounds: smallWorld)
        world.set(.bufferIsExported, 0, true)
        return world.attach(0, abilities, Rulebook(law: law)) == .accepted
      }
    }
    return [
      ValueCase(.lockState, lock(.error) { _ in }),
      ValueCase(.lockKeys, lock(.configUnlocked) { $0.keysAreSet = false }),
      ValueCase(.lockConfiguration, lock(.configUnlocked) { $0.configurationIsValid = false }),
      ValueCase(.lockEntropy, lock(.configUnlocked) { $0.entropyIsAvailable = false }),
      ValueCase(.reportState) { state(.error).report(offset: 0, of: 1, under: $0) == .accepted },
      ValueCase(.reportOffset) { state(.run).report(offset: 1, of: 1, under: $0) == .accepted },
      ValueCase(.startState) { law in
        var interface = state(.error, nonce: true)
        return interface.start(nonceMatches: true, under: law) == .accepted
      },
      ValueCase(.startNonce) { law in
        var interface = state(.configLocked, nonce: true)
        return interface.start(nonceMatches: false, under: law) == .accepted
      },
      ValueCase(.stopScrubs) { law in
        var interface = state(.run)
        interface.stop(under: law)
        return interface.holdsSecrets
      },
      ValueCase(.runConfigurationSupported) { state(.run).configureWhileRunning(isSupported: false, under: $0) == .accepted },
      ValueCase(.runConfigurationState) { state(.configLocked).configureWhileRunning(isSupported: true, under: $0) == .accepted },
      ValueCase(.trackingEntersError) { law in
        var interface = state(.run)
        interface.observe(.functionLevelReset, under: law)
        return interface.state == .run
      },
      ValueCase(.tlpT1Run) { state(.error).receive(MemoryRequest(isTEEPage: true, tBit: true), under: $0) == .accepted },
      ValueCase(.tlpT1Stream) {
        state(.run).receive(MemoryRequest(isTEEPage: true, tBit: true, isOnBoundStream: false), under: $0) == .accepted
      },
      ValueCase(.tlpT0Unlocked) { state(.run).receive(MemoryRequest(isTEEPage: true, tBit: false), under: $0) == .accepted },
      ValueCase(.issueT1Run) { state(.error).issue(tBit: true, under: $0) == .accepted },
      ValueCase(.issueT0Unlocked) { state(.run).issue(tBit: false, under: $0) == .accepted },
      ValueCase(.issueInterruptT) {
        state(.run).interrupt(tBit: true, isMSIX: false, tableIsLockedAndReported: false, under: $0) == .accepted
      },
      ValueCase(.issueInterruptState) {
        state(.error).interrupt(tBit: false, isMSIX: true, tableIsLockedAndReported: false, under: $0) == .accepted
      },
      ValueCase(.slotSize, slot { $0.hasBufferSize = false }),
      ValueCase(.slotOffset, slot { $0.startsAtBufferStart = false }),
      ValueCase(.slotWritable, slot { $0.isReadOnly = true }),
      ValueCase(.slotNoDirtyLog, slot { $0.logsDirtyPages = true }),
      ValueCase(.slotSameVM, slot { $0.deviceBelongsToVM = false }),
      ValueCase(.attachRevocable, attach(ImporterAbilities(bearsRevocation: false))),
      ValueCase(.attachPeer, attach(ImporterAbilities(reachesPeers: false))),
      ValueCase(.validateInfo) { law in
        var world = TableWorld(bounds: smallWorld)
        world.begin()
        (world.vmLife, world.vcpu, world[bindingOwner: 0], world[recorded: 0]) = (.runnable, .insideCurrent, .vm, .locked)
        return world.validate(0, infoMatches: false, Rulebook(law: law)) == .accepted
      },
      // An entry that does not flush is no refusal either: it shows in what the vCPU still has.
      ValueCase(.enterFlushes) { law in
        var world = TableWorld(bounds: smallWorld)
        world.begin()
        (world.vmLife, world.vcpu, world[tlb: 0, 0]) = (.runnable, .outsideStale, .secure)
        return world.enter(Rulebook(law: law)) == .accepted && world[tlb: 0, 0] == .secure
      },
    ]
  }

  @Test func guardsOfValues() {
    for value in valueCases() {
      #expect(!value.passes(Law()), "\(value.law) does not hold")
      #expect(value.passes(Law(dropping: [value.law])), "\(value.law) is not alone")
      // No other guard has to do with it.
      #expect(!value.passes(Law(dropping: Guard.allCases.filter { $0 != value.law })), "\(value.law) is not all that refuses")
    }
  }
}
