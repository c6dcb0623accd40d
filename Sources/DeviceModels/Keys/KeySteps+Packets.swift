import Modelling
import struct Rules.DeviceInterface
import enum Rules.InterfaceState
import struct Rules.MemoryRequest
import SPDM

/// Packets between root port and device. Owners write and read registers; the root port asks with one tag for all of them.
extension KeySteps {
  @ModelBuilder var requests: [ModelBuilder.Part] {
    let f = fields
    Action(
      "write",
      when: { state in
        state[f.portUses] > 0 && state[f.interface] == .run && number(state[f.writesSent, uses(state)], of: KeyFields.writesPerKey) != nil
      },
      then: { state in
        let set = uses(state)
        guard let n = number(state[f.writesSent, set], of: KeyFields.writesPerKey) else { return }
        let at = set * KeyFields.writesPerKey + n
        if state[f.writes, at] != .none { state[f.countReused] = true }
        state[f.writes, at] = state[f.owner]
        state[f.writesSent, set] = n + 1
      })
    Action(
      "read", each: [Sender.a, .b],
      when: { state, sender in
        guard canSend(state, sender), number(state[f.readsSent, uses(state)]) != nil else { return false }
        let isLate = state[f.tag] == .lateForA || state[f.tag] == .lateForB
        return state[f.tag] == .free || isLate && law.holds(.tagQuiet, false)
      },
      then: { state, sender in
        let set = uses(state)
        guard let n = number(state[f.readsSent, set]) else { return }
        let at = set * KeyFields.packets + n
        if state[f.reads, at] != .none { state[f.countReused] = true }
        (state[f.reads, at], state[f.readsAfter, at], state[f.readsSent, set]) = (sender, state[f.writesSent, set], n + 1)
        state[f.tag] = sender == .a ? .awaitedByA : .awaitedByB
      })
    Action(
      "time-out", when: { $0[f.tag] == .awaitedByA || $0[f.tag] == .awaitedByB },
      then: { $0[f.tag] = $0[f.tag] == .awaitedByA ? .lateForA : .lateForB })
  }

  private func uses(_ state: State) -> Int { max(0, state[fields.portUses] - 1) }

  /// B has function 1 all the time, and whoever owns function 0 uses it while it runs.
  private func canSend(_ state: State, _ sender: Sender) -> Bool {
    guard state[fields.portUses] > 0 else { return false }
    return sender == .b || state[fields.owner] == sender && state[fields.interface] == .run
  }

  /// The count of the next packet; nil when none is left.
  private func number(_ sent: Int, of most: Int = KeyFields.packets) -> Int? {
    guard law.holds(.packetLeft, sent < most) else { return nil }
    return sent < most ? sent : 0
  }

  @ModelBuilder var deliveries: [ModelBuilder.Part] {
    let f = fields
    Action(
      "d-takes-write", each: Self.sets, and: 0..<KeyFields.writesPerKey,
      when: { state, set, n in
        state[f.writes, set * KeyFields.writesPerKey + n] != .none && opens(state, set, KeyFields.posted)
          && law.holds(.packetCount, n == state[f.writesTaken, set])
      },
      then: { state, set, n in
        if n != state[f.writesDone, set] { state[f.outOfTurn] = true }
        advance(&state, f.writesTaken, set, to: KeyFields.writesPerKey)
        advance(&state, f.writesDone, set, to: KeyFields.writesPerKey)
        let request = MemoryRequest(isTEEPage: true, tBit: true)
        guard interface(state).receive(request, under: interfaceLaw) == .accepted else { return }
        let sender = state[f.writes, set * KeyFields.writesPerKey + n]
        if sender != state[f.owner] || state[f.interface] != .run { state[f.wrongWrite] = true }
      })
    Action(
      "d-takes-read", each: Self.sets, and: 0..<KeyFields.packets,
      when: { state, set, n in
        let at = set * KeyFields.packets + n
        return state[f.reads, at] != .none && opens(state, set, KeyFields.nonPosted) && law.holds(.packetCount, n == state[f.readsTaken, set])
          && PostedCount(UInt8(state[f.writesTaken, set])).takes(after: UInt8(state[f.readsAfter, at]), under: law).isAccepted
      },
      then: { state, set, n in
        let at = set * KeyFields.packets + n
        if n != state[f.readsDone, set] { state[f.outOfTurn] = true }
        if state[f.writesDone, set] < state[f.readsAfter, at] { state[f.staleRead] = true }
        advance(&state, f.readsTaken, set)
        advance(&state, f.readsDone, set)
        complete(&state, set, for: state[f.reads, at])
      })
    Action(
      "p-takes-completion", each: Self.sets, and: 0..<KeyFields.packets,
      when: { state, set, n in
        state[f.completions, set * KeyFields.packets + n] != .none && state[f.portHas, set]
          && law.holds(.packetCount, n == state[f.completionsTaken, set])
      },
      then: { state, set, n in
        if n != state[f.completionsDone, set] { state[f.outOfTurn] = true }
        advance(&state, f.completionsTaken, set)
        advance(&state, f.completionsDone, set)
        deliver(&state, for: state[f.completions, set * KeyFields.packets + n])
      })
  }

  private func opens(_ state: State, _ set: Int, _ sub: Int) -> Bool {
    let at = slot(set, sub)
    return !state[fields.isInsecure] && law.holds(.packetKey, state[fields.life, at] == .inUse && state[fields.material, at] == .tsm)
  }

  private func advance(_ state: inout State, _ field: IndexedField<Int>, _ set: Int, to most: Int = KeyFields.packets) {
    state[field, set] = min(most, state[field, set] + 1)
  }

  private func complete(_ state: inout State, _ set: Int, for sender: Sender) {
    let f = fields
    guard opens(state, set, KeyFields.completion), let n = number(state[f.completionsSent, set]) else { return }
    let at = set * KeyFields.packets + n
    if state[f.completions, at] != .none { state[f.countReused] = true }
    state[f.completions, at] = sender
    state[f.completionsSent, set] = n + 1
  }

  /// To whoever the tag says. A completion that nobody waits for is thrown away, and its tag may be used again.
  private func deliver(_ state: inout State, for sender: Sender) {
    let f = fields
    switch state[f.tag] {
    case .awaitedByA: if sender != .a { state[f.wrongCompletion] = true }
    case .awaitedByB: if sender != .b { state[f.wrongCompletion] = true }
    case .free, .lateForA, .lateForB: if law.holds(.completionAsked, false) { state[f.wrongCompletion] = true }
    }
    state[f.tag] = .free
  }
}
