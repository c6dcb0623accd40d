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
    let locks = OrderedLocks([.reservation, .reservation], parties: parties, in: &schema)
    // Age: 0 is the oldest. A party that is done draws a new ticket and is the youngest then.
    let age = schema.field("age", count: parties, in: 0...parties - 1, initially: 0)
    let isDrawn = schema.field("drawn", initially: false)

    // Odd parties take the locks the other way round.
    @Sendable func first(_ p: Int) -> Int { p % 2 }
    @Sendable func second(_ p: Int) -> Int { 1 - p % 2 }
    @Sendable func hasTicket(_ p: Int) -> Bool { p != 0 || !faults.contains(.secondWithoutTicket) }
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
        when: { state, p in state[isDrawn] && state[party, p] == .wantsFirst && locks.isFree(state, first(p)) },
        then: { state, p in
          locks.take(&state, first(p), by: p, hasTicket: hasTicket(p))
          state[party, p] = .wantsSecond
        })
      Action(
        "lock second", each: party.indices, fairness: .strong,
        when: { state, p in state[party, p] == .wantsSecond && locks.isFree(state, second(p)) },
        then: { state, p in
          locks.take(&state, second(p), by: p, hasTicket: hasTicket(p))
          state[party, p] = .hasBoth
        })
      // EDEADLK: an older ticket has it, and we hold something.
      Action(
        "give way", each: party.indices, fairness: .weak,
        when: { state, p in
          guard state[party, p] == .wantsSecond, hasTicket(p), !faults.contains(.youngerWaits), let holder = locks.holder(state, second(p)),
            holder != p
          else { return false }
          return state[age, holder] < state[age, p]
        },
        then: { state, p in
          if !faults.contains(.keepsLocks) { locks.release(&state, first(p), by: p) }
          state[party, p] = .backedOff
        })
      // The slow path: with nothing in hand it may wait, and begins with the lock that was in the way.
      Action(
        "lock slowly", each: party.indices, fairness: .strong,
        when: { state, p in
          state[party, p] == .backedOff && locks.isFree(state, second(p))
            && (locks.isFree(state, first(p)) || locks.isHeld(state, first(p), by: p))
        },
        then: { state, p in
          locks.take(&state, second(p), by: p, hasTicket: hasTicket(p))
          if locks.isFree(state, first(p)) { locks.take(&state, first(p), by: p, hasTicket: hasTicket(p)) }
          state[party, p] = .hasBoth
        })
      Action(
        "unlock", each: party.indices, fairness: .weak, when: { state, p in state[party, p] == .hasBoth },
        then: { state, p in
          locks.release(&state, 0, by: p)
          locks.release(&state, 1, by: p)
          state[party, p] = .wantsFirst
          drawAgain(&state, p)
        })

      Property.always("a lock has one holder", whenever: { $0[party].contains(.hasBoth) }) { state in
        party.indices.allSatisfy { p in state[party, p] != .hasBoth || (locks.isHeld(state, 0, by: p) && locks.isHeld(state, 1, by: p)) }
      }
      locks.property
      Property.neverDeadlocks("somebody can always get on")
      Property.sometimes("somebody gives way") { $0[party].contains(.backedOff) }
      for p in 0..<parties {
        Property.alwaysEventually(p == 0 ? "everybody gets all locks at some time" : "so does party \(p)") { $0[party, p] == .hasBoth }
      }
    }
  }
}
