import Modelling
import struct Rules.DeviceInterface
import enum Rules.InterfaceState
import struct Rules.Law
import struct Rules.LockConditions
import enum Rules.TrackedChange
import SPDM

/// The actions of `ide-keys`. Two owners share a stream: A has function 0 and then B has it; B has function 1 all the time. The host
/// carries every packet: it holds them back, gives them twice and in another order; and it has a session of its own with the device.
struct KeySteps: Sendable {
  let fields: KeyFields
  let fault: KeyFault?
  let law: ProtocolLaw
  let interfaceLaw: Law
  let asked: [KeyProperty]

  init(_ fields: KeyFields, fault: KeyFault?, asked: [KeyProperty]) {
    (self.fields, self.fault, self.asked) = (fields, fault, asked)
    (law, interfaceLaw) = (fault?.law ?? ProtocolLaw(), fault?.interfaceLaw ?? Law())
  }

  static let sets = 0..<2, subStreams = 0..<3

  func slot(_ set: Int, _ subStream: Int) -> Int { set * 3 + subStream }

  /// Whether all sub-streams of a set have keys in use that came over the TSM's session.
  func isSecure(_ state: State, _ set: Int) -> Bool {
    Self.subStreams.allSatisfy { state[fields.life, slot(set, $0)] == .inUse && state[fields.material, slot(set, $0)] != .host }
  }

  func interface(_ state: State) -> DeviceInterface {
    DeviceInterface(state: state[fields.interface], nonceIsLive: state[fields.interface] == .configLocked)
  }

  private func isAsking(_ state: State) -> Bool { state[fields.isSessionAlive] && !state[fields.isInsecure] }

  /// A rule of keys on a slot, if it accepts.
  private func after(_ state: State, _ slot: Int, _ rule: (inout KeyLife) -> ProtocolOutcome) -> KeyLife? {
    var life = state[fields.life, slot]
    return rule(&life).isAccepted ? life : nil
  }

  private func isOwn(_ state: State, _ slot: Int, _ asker: Material) -> Bool {
    state[fields.material, slot] == asker || state[fields.material, slot] == .none
  }

  /// IDE_KM over the TSM's session. A set serves once: a new key of an old set would be a third.
  @ModelBuilder var keyManagement: [ModelBuilder.Part] {
    let f = fields
    Action(
      "program", each: Self.sets, and: Self.subStreams,
      when: { state, set, sub in
        isAsking(state) && !state[f.isSpent, set] && (sub == 0 || state[f.believed, slot(set, sub - 1)] != .absent)
          && after(state, slot(set, sub)) { $0.program(isOwn: isOwn(state, slot(set, sub), .tsm), under: law) } != nil
      },
      then: { state, set, sub in
        let at = slot(set, sub)
        state[f.life, at] = after(state, at) { $0.program(isOwn: isOwn(state, at, .tsm), under: law) } ?? state[f.life, at]
        (state[f.material, at], state[f.believed, at]) = (.tsm, .programmed)
      })
    Action(
      "go", each: Self.sets, and: Self.subStreams,
      when: { state, set, sub in
        isAsking(state) && !state[f.isSpent, set] && (sub == 0 || state[f.believed, slot(set, sub - 1)] == .inUse)
          && after(state, slot(set, sub)) { $0.go(isOwn: isOwn(state, slot(set, sub), .tsm), under: law) } != nil
      },
      then: { state, set, sub in
        state[f.life, slot(set, sub)] = .inUse
        state[f.believed, slot(set, sub)] = .inUse
        beginCounting(&state, set, sub)
      })
    Action(
      "port-go", each: Self.sets,
      when: { state, set in
        isAsking(state) && !state[f.portHas, set] && !state[f.isSpent, set]
          && Self.subStreams.allSatisfy { state[f.believed, slot(set, $0)] == .inUse }
      },
      then: { state, set in
        state[f.portHas, set] = true
        state[f.portUses] = set + 1
      })
    // The port's keys first, so that nothing is sent that nobody opens.
    Action(
      "stop-key", each: Self.sets, and: Self.subStreams,
      when: { state, set, sub in
        isAsking(state) && state[f.portUses] != set + 1 && state[f.portUses] != 0 && (sub == 0 || state[f.believed, slot(set, sub - 1)] == .absent)
          && after(state, slot(set, sub)) { $0.stop(isOwn: isOwn(state, slot(set, sub), .tsm), under: law) } != nil
      },
      then: { state, set, sub in
        (state[f.portHas, set], state[f.isSpent, set], state[f.believed, slot(set, sub)]) = (false, true, .absent)
        take(&state, slot(set, sub))
        if sub == KeyFields.completion { forget(&state, set) }
      })
    Action(
      "session-ends", when: { isAsking($0) },
      then: { state in
        state[f.isSessionAlive] = false
        for at in 0..<6 {
          state[f.believed, at] = .absent
          if state[f.material, at] == .tsm, fault != .keysOutliveSession { (state[f.life, at], state[f.material, at]) = (.absent, .none) }
        }
        silence(&state)
      })
  }

  /// Nothing goes over the stream any more, in either direction, and the interface on it is told.
  private func silence(_ state: inout State) {
    let f = fields
    (state[f.portUses], state[f.tag]) = (0, .free)
    for set in Self.sets {
      state[f.portHas, set] = false
      forget(&state, set)
    }
    observeInsecure(&state)
  }

  /// Packets of a set that nobody has keys for any more; that they open then is what one guard is for.
  private func forget(_ state: inout State, _ set: Int) {
    let f = fields
    guard !law.isDropped(.packetKey) else { return }
    for at in set * KeyFields.packets..<(set + 1) * KeyFields.packets {
      (state[f.reads, at], state[f.readsAfter, at], state[f.completions, at]) = (.none, 0, .none)
    }
    for at in set * KeyFields.writesPerKey..<(set + 1) * KeyFields.writesPerKey { state[f.writes, at] = .none }
    for field in [f.writesTaken, f.readsTaken, f.completionsSent, f.writesSent, f.readsSent, f.completionsTaken] { state[field, set] = 0 }
    for field in [f.writesDone, f.readsDone, f.completionsDone] { state[field, set] = 0 }
  }

  private func beginCounting(_ state: inout State, _ set: Int, _ sub: Int) {
    switch sub {
    case KeyFields.posted: state[fields.writesTaken, set] = 0
    case KeyFields.nonPosted: state[fields.readsTaken, set] = 0
    default: state[fields.completionsSent, set] = 0
    }
  }

  /// A key goes; if with it the last whole set goes, the stream protects nothing any more.
  private func take(_ state: inout State, _ at: Int) {
    (state[fields.life, at], state[fields.material, at]) = (.absent, .none)
    if !Self.sets.contains(where: { isSecure(state, $0) }) { observeInsecure(&state) }
  }

  private func observeInsecure(_ state: inout State) {
    var interface = interface(state)
    interface.observe(.streamInsecure, under: interfaceLaw)
    state[fields.interface] = interface.state
  }

  /// The host has a session as well, and asks what it likes of a key of the second set, while the first is used and when it follows.
  @ModelBuilder var host: [ModelBuilder.Part] {
    let f = fields
    Action(
      "host-programs", each: [1],
      when: { state, set in
        !state[f.isInsecure] && after(state, slot(set, 0)) { $0.program(isOwn: isOwn(state, slot(set, 0), .host), under: law) } != nil
      },
      then: { state, set in (state[f.life, slot(set, 0)], state[f.material, slot(set, 0)]) = (.programmed, .host) })
    Action(
      "host-go", each: [1],
      when: { state, set in
        let at = slot(set, 0)
        return !state[f.isInsecure] && state[f.material, at] != .none
          && after(state, at) { $0.go(isOwn: isOwn(state, at, .host), under: law) } != nil
      },
      then: { state, set in
        state[f.life, slot(set, 0)] = .inUse
        beginCounting(&state, set, 0)
      })
    Action(
      "host-stops", each: [1],
      when: { state, set in
        let at = slot(set, 0)
        return !state[f.isInsecure] && state[f.material, at] != .none
          && after(state, at) { $0.stop(isOwn: isOwn(state, at, .host), under: law) } != nil
      }, then: { state, set in take(&state, slot(set, 0)) })
    // A packet that does not open: the stream is insecure from here on, and its keys are gone.
    Action(
      "host-tampers", when: { state in !state[f.isInsecure] && state[f.life].contains(.inUse) },
      then: { state in
        state[f.isInsecure] = true
        for at in 0..<6 { (state[f.life, at], state[f.material, at], state[f.believed, at]) = (.absent, .none, .absent) }
        silence(&state)
      })
  }

  /// TDISP over the TSM's session: the real rules.
  @ModelBuilder var interface: [ModelBuilder.Part] {
    let f = fields
    Action(
      "lock", when: { state in lock(state) != nil }, then: { state in state[f.interface] = lock(state)?.state ?? state[f.interface] })
    Action(
      "start", when: { start($0) != nil }, then: { state in state[f.interface] = start(state)?.state ?? state[f.interface] })
    Action(
      "stop", when: { state in state[f.isSessionAlive] && state[f.interface] != .configUnlocked },
      then: { state in
        var interface = interface(state)
        interface.stop(under: interfaceLaw)
        state[f.interface] = interface.state
      })
    Action(
      "bind",
      when: { state in
        state[f.owner] == .a && state[f.interface] == .configUnlocked && state[f.isSessionAlive] && law.holds(.bindKeysChanged, isQuiet(state))
      }, then: { $0[f.owner] = .b })
  }

  private func lock(_ state: State) -> DeviceInterface? {
    var found = LockConditions(), interface = interface(state)
    found.keysAreSet = state[fields.isSessionAlive] && Self.sets.contains { isSecure(state, $0) }
    return state[fields.isSessionAlive] && interface.lock(found, under: interfaceLaw) == .accepted ? interface : nil
  }

  private func start(_ state: State) -> DeviceInterface? {
    var interface = interface(state)
    return state[fields.isSessionAlive] && interface.start(nonceMatches: true, under: interfaceLaw) == .accepted ? interface : nil
  }

  /// No key is in use any more under which the last owner may have sent something.
  private func isQuiet(_ state: State) -> Bool {
    Self.sets.allSatisfy { set in state[fields.writesSent, set] == 0 || state[fields.life, slot(set, KeyFields.posted)] != .inUse }
  }
}
