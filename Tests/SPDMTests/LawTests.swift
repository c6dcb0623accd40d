import SPDM
import Testing

/// The rules that sessions and served devices obey, as tables: whatever is asked in whatever state, with each guard and without it.
@Suite struct KeyUpdateTests {
  @Test func aRequesterAsksOnceAtATime() {
    for state in [KeyUpdateState.asked(.both, tag: 1), .unproved(tag: 2)] {
      var update = state
      #expect(update.ask(.own, tag: 3) == .refused(.updateTurn) && update == state)
      #expect(update.ask(.own, tag: 3, under: ProtocolLaw(dropping: [.updateTurn])) == .accepted && update == .asked(.own, tag: 3))
    }
    var fresh = KeyUpdateState.none
    #expect(fresh.ask(.verify, tag: 1) == .refused(.updateTurn))
    #expect(fresh.ask(.both, tag: 1) == .accepted && fresh == .asked(.both, tag: 1))
  }

  @Test func anAnswerIsToWhatWasAsked() {
    let wrong = [KeyUpdateAck(.own, tag: 1), KeyUpdateAck(.both, tag: 2), KeyUpdateAck(.verify, tag: 1)]
    for answer in wrong {
      var update = KeyUpdateState.asked(.both, tag: 1)
      #expect(update.take(answer) == .refused(.updateAnswer) && update == .asked(.both, tag: 1))
      #expect(update.take(answer, under: ProtocolLaw(dropping: [.updateAnswer])) == .accepted && update == .unproved(tag: 2))
    }
    var update = KeyUpdateState.asked(.both, tag: 255)
    #expect(update.take(KeyUpdateAck(.both, tag: 255)) == .accepted && update == .unproved(tag: 0))
    #expect(update.take(KeyUpdateAck(.verify, tag: 1)) == .refused(.updateAnswer))
    #expect(update.take(KeyUpdateAck(.verify, tag: 0)) == .accepted && update == .none)
    #expect(update.take(KeyUpdateAck(.verify, tag: 0)) == .refused(.updateAnswer))
  }

  @Test func aResponderChangesOnceAndIsShownThatItWorks() {
    for operation in [KeyUpdate.Operation.own, .both] {
      var update = KeyUpdateState.none
      #expect(update.answer(KeyUpdate(.verify, tag: 1)) == .refused(.updateTurn) && update == .none)
      #expect(update.answer(KeyUpdate(operation, tag: 1)) == .accepted && update == .unproved(tag: 1))
      #expect(update.answer(KeyUpdate(operation, tag: 2)) == .refused(.updateTurn) && update == .unproved(tag: 1))
      #expect(update.answer(KeyUpdate(operation, tag: 2), under: ProtocolLaw(dropping: [.updateTurn])) == .accepted)
      #expect(update.answer(KeyUpdate(.verify, tag: 3)) == .accepted && update == .none)
    }
  }

  @Test func numbersEnd() {
    var counter = SequenceNumber(next: .max - 1)
    #expect(counter.take() == .accepted && counter.next == .max)
    #expect(counter.take() == .accepted && counter.next == nil)
    #expect(counter.take() == .refused(.numberLeft) && counter.next == nil)
    #expect(counter.take(under: ProtocolLaw(dropping: [.numberLeft])) == .accepted && counter.next == 1)
  }
}

@Suite struct KeyLifeTests {
  /// State, whether the key is the asker's, and what comes of program, go and stop.
  @Test(
    arguments: [
      (KeyLife.absent, true, [nil, .goProgrammed, .stopInUse]), (.absent, false, [nil, .goProgrammed, .stopInUse]),
      (.programmed, true, [nil, nil, .stopInUse]), (.programmed, false, [.programOwn, .goOwn, .stopInUse]),
      (.inUse, true, [.programIdle, .goOnce, nil]), (.inUse, false, [.programIdle, .goOwn, .stopOwn]),
    ] as [(KeyLife, Bool, [ProtocolGuard?])])
  func table(_ life: KeyLife, _ isOwn: Bool, _ refusals: [ProtocolGuard?]) {
    let rules: [(inout KeyLife, ProtocolLaw) -> ProtocolOutcome] = [
      { $0.program(isOwn: isOwn, under: $1) }, { $0.go(isOwn: isOwn, under: $1) }, { $0.stop(isOwn: isOwn, under: $1) },
    ]
    for ((rule, expected), next) in zip(zip(rules, refusals), [KeyLife.programmed, .inUse, .absent]) {
      var found = life
      #expect(rule(&found, ProtocolLaw()).refusal == expected)
      #expect(found == (expected == nil ? next : life))
      // Without all guards everything goes.
      #expect(rule(&found, ProtocolLaw(dropping: ProtocolGuard.ofLinks)) == .accepted && found == next)
    }
  }

  @Test func readsWaitForWrites() {
    #expect(PostedCount(2).takes(after: 3) == .refused(.packetOrder) && PostedCount(3).takes(after: 3) == .accepted)
    #expect(PostedCount(1).takes(after: 255) == .accepted && PostedCount(255).takes(after: 1) == .refused(.packetOrder))
    #expect(PostedCount(2).takes(after: 3, under: ProtocolLaw(dropping: [.packetOrder])) == .accepted)
    var round = PostedCount(255)
    round.advance()
    #expect(round == PostedCount(0))
  }

  @Test func namesGoBothWays() {
    #expect(Set(ProtocolGuard.allCases.map(\.id)).count == ProtocolGuard.allCases.count)
    for one in ProtocolGuard.allCases { #expect(ProtocolGuard(id: one.id) == one && !one.entry.source.isEmpty && !one.entry.code.isEmpty) }
    #expect(ProtocolGuard.ofSessions.count + ProtocolGuard.ofLinks.count == ProtocolGuard.allCases.count)
  }
}
