import Modelling
import SPDM

/// The actions of `spdm-session`. Whatever a side has said the attacker has: he gives it to whom he likes, when he likes, as often as he
/// likes, with parts of his own in the places that nothing protects. That he gives it once and at once is a network.
struct SessionSteps: Sendable {
  let fields: SessionFields
  let fault: SessionFault?
  let law: ProtocolLaw
  let asked: [SessionProperty]

  init(_ fields: SessionFields, fault: SessionFault?, asked: [SessionProperty]) {
    (self.fields, self.fault, law, self.asked) = (fields, fault, fault?.law ?? ProtocolLaw(), asked)
  }

  static let shares: [Share] = [.r1, .r2]
  static let theirShares: [Share] = [.d1, .d2]

  /// The requester's share of a run, counted from 1.
  func share(_ run: Int) -> Share { run == 1 || fault == .shareReused ? .r1 : .r2 }
  /// The responder's answer with a share, counted from 1; 0 for none.
  func answer(_ share: Share) -> Int { share == .d1 ? 1 : share == .d2 ? 2 : 0 }

  /// Whether the codes of a run and of an answer are over the same bytes.
  func agrees(_ state: State, run: Int, answer: Int) -> Bool {
    let f = fields
    guard run > 0, answer > 0, state[f.answeredTo, answer - 1] == share(run) else { return false }
    return fault == .transcriptWithoutNegotiation || state[f.answeredUnder, answer - 1].matches(state[f.view, run - 1])
  }

  /// The three exchanges of negotiation as each side hears them. Nothing protects them when they are said.
  @ModelBuilder var negotiation: [ModelBuilder.Part] {
    let f = fields
    Action(
      "r-negotiates", each: RequesterView.allCases,
      when: { state, view in state[f.run] < SessionFields.runs && law.holds(.algorithmsOffered, view.suite != .none) },
      then: { state, view in
        let run = state[f.run]
        state[f.run] = run + 1
        state[f.view, run] = view
        state[f.phase] = .agreed
        state[f.hasAsked] = false
        forget(&state)
      })
    // GET_VERSION ends what there was.
    Action(
      "d-negotiates", each: ResponderView.allCases,
      when: { state, view in !state[f.negotiated] || state[f.theirView] != view || state[f.due] != 0 || state[f.theirPhase] == .standing },
      then: { state, view in
        (state[f.negotiated], state[f.theirView], state[f.due]) = (true, view, 0)
        if state[f.theirPhase] == .standing { endTheirs(&state) }
      })
  }

  func endTheirs(_ state: inout State) { state[fields.theirPhase] = .over }

  @ModelBuilder var exchange: [ModelBuilder.Part] {
    let f = fields
    Action(
      "r-key-exchange", when: { $0[f.phase] == .agreed },
      then: { state in
        state[f.phase] = .exchanging
        state[f.hasExchanged, state[f.run] - 1] = true
      })
    Action(
      "d-key-exchange", each: [Share.r1, .r2, .m],
      when: { state, share in
        state[f.negotiated] && state[f.answers] < SessionFields.runs
          && (share == .m || (1...SessionFields.runs).contains { state[f.hasExchanged, $0 - 1] && self.share($0) == share })
      },
      then: { state, share in
        let answer = state[f.answers]
        state[f.answers] = answer + 1
        state[f.answeredTo, answer] = share
        state[f.answeredUnder, answer] = state[f.theirView]
        state[f.due] = answer + 1
      })
    // An answer of the device, whole; the same with a share of the attacker's; one that he signs with nothing; one with a chain of his own.
    Action(
      "r-key-exchange-rsp", each: 1...SessionFields.runs,
      when: { state, a in state[f.answers] >= a && believes(state, signed: isSigned(state, a, isWhole: true), true) },
      then: { state, a in take(&state, Self.theirShares[a - 1]) })
    Action(
      "r-key-exchange-rsp-swapped", each: 1...SessionFields.runs,
      when: { state, a in state[f.answers] >= a && believes(state, signed: isSigned(state, a, isWhole: false), true) },
      then: { state, _ in take(&state, .m) })
    Action("r-key-exchange-rsp-forged", when: { believes($0, signed: false, true) }, then: { take(&$0, .m) })
    Action("r-key-exchange-rsp-of-another", when: { believes($0, signed: true, false) }, then: { take(&$0, .m) })
  }

  /// Whether the device's signature under its answer is over what the requester has in its transcript.
  private func isSigned(_ state: State, _ answer: Int, isWhole: Bool) -> Bool {
    let f = fields, run = state[f.run]
    guard run > 0, state[f.answeredTo, answer - 1] != .none else { return false }
    if fault == .transcriptWithoutExchange { return state[f.answeredUnder, answer - 1].matches(state[f.view, run - 1]) }
    return isWhole && agrees(state, run: run, answer: answer)
  }

  private func believes(_ state: State, signed: Bool, _ trusted: Bool) -> Bool {
    let f = fields, run = state[f.run]
    let isLater = state[f.phase] == .finishing || state[f.phase] == .standing
    guard run > 0, state[f.phase] == .exchanging || isLater && law.holds(.exchangeAsked, false) else { return false }
    return law.holds(.chainTrusted, trusted) && law.holds(.exchangeSignature, signed || state[f.view, run - 1].suite == .none)
  }

  /// KEY_EXCHANGE_RSP is believed, and FINISH goes out.
  private func take(_ state: inout State, _ share: Share) {
    let f = fields
    state[f.peer, state[f.run] - 1] = share
    if answer(share) > 0 { state[f.finishOf, answer(share) - 1] = state[f.run] }
    state[f.phase] = .finishing
    if fault == .keysBeforeFinish { stand(&state) }
  }

  private func stand(_ state: inout State) {
    let f = fields
    state[f.phase] = .standing
    forget(&state)
  }

  private func forget(_ state: inout State) {
    let f = fields
    (state[f.update], state[f.generation], state[f.sent], state[f.taken], state[f.waits]) = (.none, 0, 0, 0, false)
  }

  @ModelBuilder var finish: [ModelBuilder.Part] {
    let f = fields
    Action(
      "d-finish", each: 1...SessionFields.runs,
      when: { state, a in
        guard state[f.answeredTo, a - 1] != .none, law.holds(.finishPending, state[f.due] == a) else { return false }
        return law.holds(.finishProof, isFinished(state, a))
      },
      then: { state, a in
        if state[f.due] == a { state[f.due] = 0 }
        state[f.hasFinished, a - 1] = true
        (state[f.session], state[f.theirPhase], state[f.theirUpdate]) = (a, .standing, .none)
        (state[f.theirGeneration], state[f.theirSent], state[f.theirTaken]) = (0, 0, 0)
      })
    Action(
      "r-finish-rsp",
      when: { state in
        let run = state[f.run]
        guard run > 0, state[f.peer, run - 1] != .none, state[f.phase] == .finishing || state[f.phase] == .standing else { return false }
        guard law.holds(.finishAnswerAsked, state[f.phase] == .finishing) else { return false }
        return law.holds(.finishAnswerProof, isAnswered(state, run))
      }, then: { stand(&$0) })
  }

  /// Whether somebody with the exchange's secret has made FINISH for this answer.
  func isFinished(_ state: State, _ answer: Int) -> Bool {
    let f = fields
    return state[f.answeredTo, answer - 1] == .m || agrees(state, run: state[f.finishOf, answer - 1], answer: answer)
  }

  /// Whether somebody with the exchange's secret has made FINISH_RSP for this run.
  private func isAnswered(_ state: State, _ run: Int) -> Bool {
    let peer = state[fields.peer, run - 1]
    if peer == .m { return true }
    let a = answer(peer)
    return a > 0 && state[fields.hasFinished, a - 1] && agrees(state, run: run, answer: a)
  }

  /// Measurements outside of the session, signed for a nonce.
  @ModelBuilder var evidence: [ModelBuilder.Part] {
    let f = fields
    Action("r-asks-measurements", when: { $0[f.phase] == .agreed && !$0[f.hasAsked] }, then: { $0[f.hasAsked] = true })
    Action(
      "d-measurements",
      when: { state in
        state[f.hasAsked] && state[f.negotiated] && state[f.theirView].isBest && !state[f.evidence, nonce(state) * 2 + state[f.run] - 1]
      }, then: { state in state[f.evidence, nonce(state) * 2 + state[f.run] - 1] = true })
    Action(
      "r-measurements", each: 0..<SessionFields.runs, and: 0..<SessionFields.runs,
      when: { state, n, signedIn in
        guard state[f.hasAsked], state[f.phase] == .agreed, state[f.evidence, n * 2 + signedIn] else { return false }
        return law.holds(.measurementSignature, n == nonce(state) && state[f.view, state[f.run] - 1].isBest)
      },
      then: { state, _, signedIn in
        state[f.hasAsked] = false
        if signedIn != state[f.run] - 1 { state[f.stale] = true }
      })
  }

  private func nonce(_ state: State) -> Int { fault == .nonceRepeated ? 0 : state[fields.run] - 1 }
}
