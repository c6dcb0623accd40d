import Modelling

extension BufferModel {
  /// Three parties that want the same two locks in different orders. The number of a party's ticket is its age.
  enum Party: CaseIterable, Sendable {
    /// Wants its first lock, its second; has both; has given way and begins with the one that was in the way.
    case wantsFirst, wantsSecond, hasBoth, backedOff
  }

  static func tickets(_ faults: Set<BufferFault>) throws(ModelError) -> Model {
    let parties = 3
    var schema = Schema()
    let party = schema.field("party", count: parties, initially: Party.wantsFirst)
    // Who holds a lock: 0 nobody, otherwise the party and one.
    let lock = schema.field("lock", count: 2, in: 0...parties, initially: 0)
    // Age: 0 is the oldest. A party that is done draws a new ticket and is the youngest then.
    let age = schema.field("age", count: parties, in: 0...parties - 1, initially: 0)
    let isDrawn = schema.field("drawn", initially: false)

    // Odd parties take the locks the other way round.
    @Sendable func first(_ p: Int) -> Int { p % 2 }
    @Sendable func second(_ p: Int) -> Int { 1 - p % 2 }
    @Sendable func drawAgain(_ state: inout State, _ p: Int) {
      for other in 0..<parties where state[age, other] > state[age, p] { state[age, other] -= 1 }
      state[age, p] = parties - 1
    }

    return try Model("reservation-tickets", schema) {
      Action(
        "draw tickets", fairness: .weak, when: { !$0[isDrawn] },
        then: { state in
          for p in 0..<parties { state[age, p] = p }
          state[isDrawn] = true
        })
      Action(
        "lock first", each: party.indices, fairness: .strong,
        when: { state, p in state[isDrawn] && state[party, p] == .wantsFirst && state[lock, first(p)] == 0 },
        then: { state, p in
          state[lock, first(p)] = p + 1
          state[party, p] = .wantsSecond
        })
      Action(
        "lock second", each: party.indices, fairness: .strong,
        when: { state, p in state[party, p] == .wantsSecond && state[lock, second(p)] == 0 },
        then: { state, p in
          state[lock, second(p)] = p + 1
          state[party, p] = .hasBoth
        })
      // EDEADLK: an older ticket has it, and we hold something.
      Action(
        "give way", each: party.indices, fairness: .weak,
        when: { state, p in
          let holder = state[lock, second(p)]
          guard state[party, p] == .wantsSecond, holder != 0, holder != p + 1, !faults.contains(.youngerWaits) else { return false }
          return state[age, holder - 1] < state[age, p]
        },
        then: { state, p in
          if !faults.contains(.keepsLocks) { state[lock, first(p)] = 0 }
          state[party, p] = .backedOff
        })
      // The slow path: with nothing in hand it may wait, and begins with the lock that was in the way.
      Action(
        "lock slowly", each: party.indices, fairness: .strong,
        when: { state, p in
          state[party, p] == .backedOff && state[lock, second(p)] == 0 && (state[lock, first(p)] == 0 || state[lock, first(p)] == p + 1)
        },
        then: { state, p in
          state[lock, second(p)] = p + 1
          state[lock, first(p)] = p + 1
          state[party, p] = .hasBoth
        })
      Action(
        "unlock", each: party.indices, fairness: .weak, when: { state, p in state[party, p] == .hasBoth },
        then: { state, p in
          state[lock, 0] = 0
          state[lock, 1] = 0
          state[party, p] = .wantsFirst
          drawAgain(&state, p)
        })

      Property.always("a lock has one holder", whenever: { $0[party].contains(.hasBoth) }) { state in
        party.indices.allSatisfy { p in state[party, p] != .hasBoth || (state[lock, 0] == p + 1 && state[lock, 1] == p + 1) }
      }
      Property.neverDeadlocks("somebody can always get on")
      Property.sometimes("somebody gives way") { $0[party].contains(.backedOff) }
      for p in 0..<parties {
        Property.alwaysEventually(p == 0 ? "everybody gets all locks at some time" : "so does party \(p)") { $0[party, p] == .hasBoth }
      }
    }
  }
}
