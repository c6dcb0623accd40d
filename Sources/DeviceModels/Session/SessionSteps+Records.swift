import Modelling
import SPDM

/// Records of a session that stands. A requester waits for each answer; the attacker holds records back, gives them twice, or in another
/// order.
extension SessionSteps {
  /// Which key of a direction: share, answer, and how often it was changed.
  private func key(_ share: Share, _ answer: Int, _ generation: Int) -> Int { ((share == .r2 ? 2 : 0) + answer - 1) * 2 + generation }

  /// The place of a record with a number; nil where the other end is the attacker, who needs none.
  private func place(_ state: State, _ number: Int) -> Int? {
    let f = fields, run = state[f.run]
    guard run > 0, case let a = answer(state[f.peer, run - 1]), a > 0, number < SessionFields.numbers else { return nil }
    return key(share(run), a, state[f.generation]) * SessionFields.numbers + number
  }

  private func answerPlace(_ state: State, _ number: Int) -> Int? {
    let f = fields, run = state[f.run]
    guard run > 0, case let a = answer(state[f.peer, run - 1]), a > 0, number < SessionFields.numbers else { return nil }
    return key(share(run), a, 0) * SessionFields.numbers + number
  }

  private func theirPlace(_ state: State, _ number: Int, generation: Int) -> Int? {
    let f = fields, a = state[f.session]
    guard a > 0, state[f.answeredTo, a - 1] != .m, number < SessionFields.numbers else { return nil }
    return key(state[f.answeredTo, a - 1], a, generation) * SessionFields.numbers + number
  }

  /// Uses a number of a key. The model's are the last that there are, so that the real counter says when none is left.
  func use(_ count: Int) -> (number: Int, next: Int)? {
    let last = SessionFields.numbers - 1
    var counter = SequenceNumber(next: .max - UInt64(max(0, last - count)))
    if count > last { _ = counter.take() }
    guard counter.take(under: law).isAccepted else { return nil }
    let next = counter.next.map { $0 > UInt64(SessionFields.numbers) ? last - Int(UInt64.max - $0) : Int($0) } ?? SessionFields.numbers
    return (count > last ? 0 : count, next)
  }

  private func updateState(_ phase: UpdatePhase) -> KeyUpdateState {
    switch phase {
    case .none: .none
    case .asked: .asked(.own, tag: 1)
    case .unproved: .unproved(tag: 2)
    }
  }

  private func phase(_ state: KeyUpdateState) -> UpdatePhase {
    switch state {
    case .none: .none
    case .asked: .asked
    case .unproved: .unproved
    }
  }

  @ModelBuilder var records: [ModelBuilder.Part] {
    let f = fields
    Action(
      "r-says", each: [Saying.data, .update, .proof, .end],
      when: { state, saying in
        guard state[f.phase] == .standing, !state[f.waits], use(state[f.sent]) != nil else { return false }
        switch saying {
        case .none: return false
        case .data: return state[f.update] != .unproved
        case .end: return true
        case .proof: return state[f.update] == .unproved
        case .update:
          var update = updateState(state[f.update])
          return state[f.generation] == 0 && update.ask(.own, tag: 1).isAccepted
        }
      },
      then: { state, saying in
        guard let (number, next) = use(state[f.sent]) else { return }
        if let place = place(state, number) {
          if state[f.records, place] != .none { state[f.reused] = true }
          state[f.records, place] = saying
        }
        state[f.sent] = next
        state[f.waits] = true
        if saying == .update { state[f.update] = .asked }
        if saying == .end { state[f.phase] = .over }
      })
    Action(
      "d-takes", each: 0..<SessionFields.numbers, when: { state, n in incoming(state, n) != nil },
      then: { state, n in
        guard let saying = incoming(state, n) else { return }
        note(&state, n, isDue: n == state[f.theirTaken], stands: state[f.theirPhase] == .standing)
        state[f.theirTaken] = min(SessionFields.numbers, state[f.theirTaken] + 1)
        answer(&state, saying)
      })
    // What a device cannot do now it answers with an ERROR, which is a record like others.
    Action(
      "d-says-not-now", each: 0..<SessionFields.numbers, when: { state, n in incoming(state, n) == .update },
      then: { state, n in
        note(&state, n, isDue: n == state[f.theirTaken], stands: state[f.theirPhase] == .standing)
        state[f.theirTaken] = min(SessionFields.numbers, state[f.theirTaken] + 1)
        say(&state, .data)
      })
    Action(
      "r-takes", each: 0..<SessionFields.numbers, when: { state, n in answer(state, n) != nil },
      then: { state, n in
        guard let saying = answer(state, n) else { return }
        note(&state, n, isDue: n == state[f.taken], stands: state[f.phase] == .standing)
        state[f.taken] = min(SessionFields.numbers, state[f.taken] + 1)
        state[f.waits] = false
        take(&state, saying)
      })
  }

  /// What the attacker makes himself. Without the key of a direction nothing of it opens, and the first such record ends the session.
  @ModelBuilder var forgeries: [ModelBuilder.Part] {
    let f = fields
    Action(
      "d-takes-forged", when: { $0[f.theirPhase] == .standing && $0[f.answeredTo, $0[f.session] - 1] != .m && law.holds(.recordKey, false) },
      then: { $0[f.outOfTurn] = true })
    Action("d-takes-garbage", when: { $0[f.theirPhase] == .standing }, then: { endTheirs(&$0) })
    Action(
      "r-takes-forged", when: { $0[f.phase] == .standing && $0[f.waits] && law.holds(.recordKey, false) },
      then: { state in
        state[f.outOfTurn] = true
        state[f.waits] = false
      })
  }

  private func note(_ state: inout State, _ number: Int, isDue: Bool, stands: Bool) {
    if !isDue { state[fields.outOfTurn] = true }
    if !stands { state[fields.outlived] = true }
  }

  /// What a record with this number says to the responder, if he takes it.
  private func incoming(_ state: State, _ number: Int) -> Saying? {
    let f = fields
    guard state[f.theirPhase] != .none, let place = theirPlace(state, number, generation: state[f.theirGeneration]), state[f.records, place] != .none,
      law.holds(.recordSession, state[f.theirPhase] == .standing), law.holds(.recordNumber, number == state[f.theirTaken])
    else { return nil }
    return state[f.records, place]
  }

  private func answer(_ state: inout State, _ saying: Saying) {
    let f = fields
    switch saying {
    case .none: break
    case .data: say(&state, .data)
    case .end:
      say(&state, .end)
      endTheirs(&state)
    case .update, .proof:
      var update = updateState(state[f.theirUpdate])
      let question = saying == .update ? KeyUpdate(.own, tag: 1) : KeyUpdate(.verify, tag: 2)
      guard update.answer(question, under: law).isAccepted else { return say(&state, .data) }
      state[f.theirUpdate] = phase(update)
      if saying == .update { (state[f.theirGeneration], state[f.theirTaken]) = (fault == .updateKeepsKey ? 0 : 1, 0) }
      say(&state, saying)
    }
  }

  /// A session whose numbers are used up ends.
  private func say(_ state: inout State, _ saying: Saying) {
    let f = fields
    guard let (number, next) = use(state[f.theirSent]), let place = theirPlace(state, number, generation: 0) else { return endTheirs(&state) }
    if state[f.theirRecords, place] != .none { state[f.reused] = true }
    state[f.theirRecords, place] = saying
    state[f.theirSent] = next
  }

  /// What a record with this number says to the requester, if he takes it.
  private func answer(_ state: State, _ number: Int) -> Saying? {
    let f = fields
    let isOver = state[f.phase] == .over && law.holds(.recordSession, false)
    guard state[f.phase] == .standing && state[f.waits] || isOver, let place = answerPlace(state, number), state[f.theirRecords, place] != .none,
      law.holds(.recordNumber, number == state[f.taken])
    else { return nil }
    return state[f.theirRecords, place]
  }

  private func take(_ state: inout State, _ saying: Saying) {
    let f = fields
    var update = updateState(state[f.update])
    let answer =
      switch saying {
      case .update: KeyUpdateAck(.own, tag: 1)
      case .proof: KeyUpdateAck(.verify, tag: 2)
      default: KeyUpdateAck(.own, tag: 9)
      }
    guard update != .none, update.take(answer, under: law).isAccepted else { return }
    if state[f.update] == .asked { (state[f.generation], state[f.sent]) = (fault == .updateKeepsKey ? 0 : 1, 0) }
    state[f.update] = phase(update)
  }
}
