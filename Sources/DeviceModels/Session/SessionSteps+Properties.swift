import Modelling

/// What must hold. Each looks at what was really said and done, and never asks a guard whether all is well.
extension SessionSteps {
  @ModelBuilder var properties: [ModelBuilder.Part] {
    let f = fields
    if asked.contains(.applicationKeyEarly) { Property.always(SessionProperty.applicationKeyEarly.sentence) { isProved($0) } }
    if asked.contains(.sessionWithStranger) {
      Property.always(SessionProperty.sessionWithStranger.sentence) { state in
        state[f.phase] != .standing || answer(state[f.peer, state[f.run] - 1]) > 0
      }
    }
    if asked.contains(.downgrade) { Property.always(SessionProperty.downgrade.sentence) { isBest($0) } }
    if asked.contains(.numberReused) { Property.always(SessionProperty.numberReused.sentence) { !$0[f.reused] } }
    if asked.contains(.staleEvidence) { Property.always(SessionProperty.staleEvidence.sentence) { !$0[f.stale] } }
    if asked.contains(.recordOutOfTurn) { Property.always(SessionProperty.recordOutOfTurn.sentence) { !$0[f.outOfTurn] } }
    if asked.contains(.sessionOutlived) { Property.always(SessionProperty.sessionOutlived.sentence) { !$0[f.outlived] } }
    if asked.contains(.keysRunAhead) {
      Property.always(SessionProperty.keysRunAhead.sentence) { state in
        guard let a = together(state) else { return true }
        return a != state[f.session] || state[f.generation] <= state[f.theirGeneration]
      }
    }
    Property.sometimes("both have a session with each other") { together($0) != nil }
    Property.sometimes("the second session stands as well") { $0[f.run] == 2 && together($0) != nil }
    Property.sometimes("a change of keys was shown to work") { $0[f.generation] == 1 && $0[f.update] == .none && $0[f.phase] == .standing }
    Property.sometimes("a session was ended by both") { state in state[f.theirRecords].contains(.end) }
  }

  /// The answer on which both stand.
  private func together(_ state: State) -> Int? {
    let f = fields
    guard state[f.phase] == .standing, state[f.theirPhase] == .standing, case let a = answer(state[f.peer, state[f.run] - 1]), a == state[f.session],
      a > 0,
      state[f.answeredTo, a - 1] == share(state[f.run])
    else { return nil }
    return a
  }

  /// The device finished what the requester stands on, and whoever the device stands with had made FINISH.
  private func isProved(_ state: State) -> Bool {
    let f = fields
    if state[f.phase] == .standing, case let a = answer(state[f.peer, state[f.run] - 1]), a > 0, !state[f.hasFinished, a - 1] { return false }
    guard state[f.theirPhase] == .standing, case let a = state[f.session], state[f.answeredTo, a - 1] != .m else { return true }
    return state[f.finishOf, a - 1] > 0
  }

  /// The newest version and the strong suite, as both can.
  private func isBest(_ state: State) -> Bool {
    let f = fields
    if state[f.phase] == .standing, !state[f.view, state[f.run] - 1].isBest { return false }
    guard state[f.theirPhase] == .standing, case let a = state[f.session], state[f.answeredTo, a - 1] != .m else { return true }
    return state[f.answeredUnder, a - 1].isBest
  }
}
