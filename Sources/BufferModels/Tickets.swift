import Modelling
import Sharing

extension BufferModel {
  /// Three parties that want the same two locks in different orders. The number of a party's ticket is its age.
  enum Party: CaseIterable, Sendable {
    /// Wants its first lock, its second; has both; has given way and lets go; waits for the one that was in the way.
    case wantsFirst, wantsSecond, hasBoth, backedOff, waitsSlowly
    /// Waits for a lock that it has.
    case waitsForItself
  }

  static func tickets(_ faults: Set<BufferFault>) throws(ModelError) -> Model {
    let parties = 3, law = faults.law
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
    @Sendable func stamp(_ state: State, _ p: Int) -> UInt64 { hasTicket(p) ? UInt64(state[age, p] + 1) : 0 }
    /// What somebody hears who finds a lock taken.
    @Sendable func answer(_ state: State, _ p: Int, wanting lock: Int) -> LockAnswer? {
      locks.holder(state, lock).map { holder in
        law.answer(to: stamp(state, p), holdsOthers: locks.count(state, of: p) > 0, heldBy: stamp(state, holder))
      }
    }
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
      // Two buffers of one object: EALREADY, or it would wait for itself.
      Action(
        "name a lock twice", each: party.indices,
        when: { state, p in hasTicket(p) && state[party, p] == .wantsSecond && answer(state, p, wanting: first(p)) == .wait },
        then: { state, p in state[party, p] = .waitsForItself })
      // EDEADLK: an older ticket has it, and we hold something.
      Action(
        "give way", each: party.indices, fairness: .weak,
        when: { state, p in state[party, p] == .wantsSecond && answer(state, p, wanting: second(p)) == .refused(.lockYounger) },
        then: { state, p in state[party, p] = .backedOff })
      Action(
        "let go", each: party.indices, fairness: .weak, when: { state, p in state[party, p] == .backedOff && locks.count(state, of: p) > 0 },
        then: { state, p in locks.release(&state, first(p), by: p) })
      // The slow path: with nothing in hand it may wait, and begins with the lock that was in the way.
      Action(
        "lock slowly", each: party.indices, fairness: .weak,
        when: { state, p in state[party, p] == .backedOff && law.refusalToLockSlowly(held: locks.count(state, of: p)) == nil },
        then: { state, p in state[party, p] = .waitsSlowly })
      Action(
        "lock what was in the way", each: party.indices, fairness: .strong,
        when: { state, p in
          state[party, p] == .waitsSlowly && (locks.isFree(state, second(p)) || faults.contains(.slowPathTakes))
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

      Property.always(BufferProperty.oneHolder.sentence, whenever: { $0[party].contains(.hasBoth) }) { state in
        party.indices.allSatisfy { p in state[party, p] != .hasBoth || (locks.isHeld(state, 0, by: p) && locks.isHeld(state, 1, by: p)) }
      }
      locks.property
      Property.neverDeadlocks(BufferProperty.somebodyGetsOn.sentence)
      Property.sometimes("somebody gives way") { $0[party].contains(.backedOff) }
      for (p, property) in [BufferProperty.everybodyGetsAll, .secondGetsAll, .thirdGetsAll].enumerated() {
        Property.alwaysEventually(property.sentence) { $0[party, p] == .hasBoth }
      }
    }
  }
}
