import Modelling

extension BufferModel {
  /// With the reservation; with that and the page tables of an importer; with everybody told; copying.
  enum Mover: CaseIterable, Sendable { case idle, locked, zapping, told, copying }
  enum Faulter: CaseIterable, Sendable {
    /// Nothing mapped; with its page tables alone (out of order); looking under the reservation; with a frame in hand; with the tables as
    /// well; mapped; using what it has.
    case empty, hasTables, locked, hasFrame, hasBoth, mapped, using
  }

  /// Two importers that fault, and a mover. A frame is the number of the place that it was taken from.
  static func moving(_ faults: Set<BufferFault>) throws(ModelError) -> Model {
    let count = 2
    var schema = Schema()
    let place = schema.field("place", in: 0...1, initially: 0)
    let mover = schema.field("mover", initially: Mover.idle)
    // The KERNEL fence of the copy: not signalled.
    let isCopying = schema.field("copy under way", initially: false)
    // Parties are the importers, and then who moves. The tables of importer `i` are lock `1 + i`.
    let owner = count, reservation = 0
    let locks = OrderedLocks([.reservation] + Array(repeating: .tables, count: count), parties: count + 1, in: &schema)
    // Importers that were told of the move.
    let told = schema.field("told", in: 0...count, initially: 0)
    let importer = schema.field("importer", count: count, initially: Faulter.empty)
    let frame = schema.field("frame", count: count, in: 0...1, initially: 0)

    return try Model("buffer-move", schema) {
      Action(
        "lock to fault", each: importer.indices,
        when: { state, i in
          let isReady = state[importer, i] == (faults.contains(.tablesFirst) ? .hasTables : .empty)
          return isReady && locks.isFree(state, reservation) && (faults.contains(.noKernelWait) || !state[isCopying])
        },
        then: { state, i in
          locks.take(&state, reservation, by: i)
          state[importer, i] = .locked
        })
      Action(
        "lock tables first", each: importer.indices,
        when: { state, i in faults.contains(.tablesFirst) && state[importer, i] == .empty && locks.isFree(state, 1 + i) },
        then: { state, i in
          locks.take(&state, 1 + i, by: i)
          state[importer, i] = .hasTables
        })
      Action(
        "look up", each: importer.indices, fairness: .weak, when: { state, i in state[importer, i] == .locked },
        then: { state, i in
          state[frame, i] = state[place]
          state[importer, i] = .hasFrame
          if faults.contains(.frameAfterUnlock) { locks.release(&state, reservation, by: i) }
        })
      Action(
        "lock tables", each: importer.indices, fairness: .weak,
        when: { state, i in
          state[importer, i] == .hasFrame && (locks.isFree(state, 1 + i) || locks.isHeld(state, 1 + i, by: i))
        },
        then: { state, i in
          if locks.isFree(state, 1 + i) { locks.take(&state, 1 + i, by: i) }
          state[importer, i] = .hasBoth
        })
      Action(
        "map", each: importer.indices, fairness: .weak, when: { state, i in state[importer, i] == .hasBoth },
        then: { state, i in
          state[importer, i] = .mapped
          locks.release(&state, 1 + i, by: i)
          locks.release(&state, reservation, by: i)
        })
      Action(
        "begin work", each: importer.indices,
        when: { state, i in state[importer, i] == .mapped && locks.isFree(state, reservation) }, then: { state, i in state[importer, i] = .using })
      Action(
        "finish work", each: importer.indices, fairness: .weak, when: { state, i in state[importer, i] == .using },
        then: { state, i in state[importer, i] = .mapped })

      Action(
        "lock to move", when: { $0[mover] == .idle && locks.isFree($0, reservation) && !$0[isCopying] },
        then: { state in
          locks.take(&state, reservation, by: owner)
          state[mover] = .locked
        })
      // Who is told takes its pages out, under the lock of its tables.
      Action(
        "lock tables to zap", fairness: .weak,
        when: { state in
          guard state[mover] == .locked, state[told] < count, !faults.contains(.moveWithoutNotice) else { return false }
          return locks.isFree(state, 1 + state[told]) && !state[importer].contains(.using)
        },
        then: { state in
          locks.take(&state, 1 + state[told], by: owner)
          state[mover] = .zapping
        })
      Action(
        "zap", fairness: .weak, when: { $0[mover] == .zapping },
        then: { state in
          let i = state[told]
          if state[importer, i] == .mapped { state[importer, i] = .empty }
          locks.release(&state, 1 + i, by: owner)
          state[told] += 1
          state[mover] = .locked
        })
      Action(
        "all are told", fairness: .weak,
        when: { state in
          state[mover] == .locked && (state[told] == count || faults.contains(.moveWithoutNotice)) && !state[importer].contains(.using)
        },
        then: { state in
          state[told] = 0
          state[mover] = .told
        })
      Action(
        "change places", fairness: .weak, when: { $0[mover] == .told },
        then: { state in
          state[place] = 1 - state[place]
          state[isCopying] = true
          locks.release(&state, reservation, by: owner)
          state[mover] = .copying
        })
      Action(
        "copied", fairness: .weak, when: { $0[mover] == .copying },
        then: { state in
          state[isCopying] = false
          state[mover] = .idle
        })

      Property.always("no importer uses a frame of an earlier place", whenever: { $0[importer].contains(.using) }) { state in
        importer.indices.allSatisfy { state[importer, $0] != .using || state[frame, $0] == state[place] }
      }
      Property.always("no importer uses a place before the bytes are there") { !($0[isCopying] && $0[importer].contains(.using)) }
      locks.property
      Property.sometimes("both use the buffer after a move") { $0[place] == 1 && $0[importer].allSatisfy { $0 == .using } }
      Property.leadsTo("every move ends", from: { $0[mover] != .idle }, to: { $0[mover] == .idle })
    }
  }
}
