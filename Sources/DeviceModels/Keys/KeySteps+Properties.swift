import Modelling
import enum Rules.InterfaceState
import SPDM

/// What must hold. Each looks at what is really there, and never asks a guard whether all is well.
extension KeySteps {
  @ModelBuilder var properties: [ModelBuilder.Part] {
    let f = fields
    if asked.contains(.lockedWithoutKeys) {
      Property.always(KeyProperty.lockedWithoutKeys.sentence) { state in !state[f.interface].isLocked || Self.sets.contains { isWhole(state, $0) } }
    }
    if asked.contains(.keyTaken) {
      Property.always(KeyProperty.keyTaken.sentence) { state in
        state[f.isInsecure] || !state[f.isSessionAlive] || (0..<6).allSatisfy { isAsTold(state, $0) }
      }
    }
    if asked.contains(.keyOutlivesSession) {
      Property.always(KeyProperty.keyOutlivesSession.sentence) { state in state[f.isSessionAlive] || !state[f.material].contains(.tsm) }
    }
    if asked.contains(.countReused) { Property.always(KeyProperty.countReused.sentence) { !$0[f.countReused] } }
    if asked.contains(.packetOutOfTurn) { Property.always(KeyProperty.packetOutOfTurn.sentence) { !$0[f.outOfTurn] } }
    if asked.contains(.staleRead) { Property.always(KeyProperty.staleRead.sentence) { !$0[f.staleRead] } }
    if asked.contains(.completionToOther) { Property.always(KeyProperty.completionToOther.sentence) { !$0[f.wrongCompletion] } }
    if asked.contains(.writeOfOtherOwner) { Property.always(KeyProperty.writeOfOtherOwner.sentence) { !$0[f.wrongWrite] } }
    Property.sometimes("the second owner writes under the second set") { state in
      state[f.writes, KeyFields.writesPerKey] == .b && state[f.writesDone, 1] > 0
    }
    Property.sometimes("a completion comes after its time-out") { state in
      (state[f.tag] == .lateForA || state[f.tag] == .lateForB) && state[f.completions].contains { $0 != .none }
    }
    Property.sometimes("a set is changed for the other while the interface runs") { state in
      state[f.interface] == .run && state[f.isSpent, 0] && isWhole(state, 1)
    }
  }

  /// Keys that really came over the session, in use, for every sub-stream.
  private func isWhole(_ state: State, _ set: Int) -> Bool {
    state[fields.isSessionAlive]
      && Self.subStreams.allSatisfy { state[fields.material, slot(set, $0)] == .tsm && state[fields.life, slot(set, $0)] == .inUse }
  }

  private func isAsTold(_ state: State, _ at: Int) -> Bool {
    let told = state[fields.believed, at]
    if told == .absent { return state[fields.material, at] != .tsm }
    return state[fields.life, at] == told && state[fields.material, at] == .tsm
  }
}
