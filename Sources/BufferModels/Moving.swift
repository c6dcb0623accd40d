import Modelling

extension BufferModel {
  enum Mover: CaseIterable, Sendable { case idle, locked, told, copying }
  enum Faulter: CaseIterable, Sendable {
    /// Nothing mapped; looking under the lock; with a frame in hand; mapped; using what it has.
    case empty, locked, hasFrame, mapped, using
  }

  /// Two importers that fault, and a mover. A frame is the number of the place that it was taken from.
  static func moving(_ faults: Set<BufferFault>) throws(ModelError) -> Model {
    let count = 2
    var schema = Schema()
    let place = schema.field("place", in: 0...1, initially: 0)
    let mover = schema.field("mover", initially: Mover.idle)
    // The KERNEL fence of the copy: not signalled.
    let isCopying = schema.field("copy under way", initially: false)
    let reservation = schema.field("reservation", in: 0...count + 1, initially: 0)
    let importer = schema.field("importer", count: count, initially: Faulter.empty)
    let frame = schema.field("frame", count: count, in: 0...1, initially: 0)

    return try Model("buffer-move", schema) {
      Action(
        "lock to fault", each: importer.indices,
        when: { state, i in
          state[importer, i] == .empty && state[reservation] == 0 && (faults.contains(.noKernelWait) || !state[isCopying])
        },
        then: { state, i in
          state[reservation] = i + 2
          state[importer, i] = .locked
        })
      Action(
        "look up", each: importer.indices, fairness: .weak, when: { state, i in state[importer, i] == .locked },
        then: { state, i in
          state[frame, i] = state[place]
          state[importer, i] = .hasFrame
          if faults.contains(.frameAfterUnlock) { state[reservation] = 0 }
        })
      Action(
        "map", each: importer.indices, fairness: .weak, when: { state, i in state[importer, i] == .hasFrame },
        then: { state, i in
          state[importer, i] = .mapped
          if state[reservation] == i + 2 { state[reservation] = 0 }
        })
      Action(
        "begin work", each: importer.indices,
        when: { state, i in state[importer, i] == .mapped && state[reservation] == 0 }, then: { state, i in state[importer, i] = .using })
      Action(
        "finish work", each: importer.indices, fairness: .weak, when: { state, i in state[importer, i] == .using },
        then: { state, i in state[importer, i] = .mapped })

      Action(
        "lock to move", when: { $0[mover] == .idle && $0[reservation] == 0 && !$0[isCopying] },
        then: { state in
          state[reservation] = 1
          state[mover] = .locked
        })
      Action(
        "tell", fairness: .weak,
        when: { state in state[mover] == .locked && !state[importer].contains(.using) },
        then: { state in
          if !faults.contains(.moveWithoutNotice) { for i in 0..<count where state[importer, i] == .mapped { state[importer, i] = .empty } }
          state[mover] = .told
        })
      Action(
        "change places", fairness: .weak, when: { $0[mover] == .told },
        then: { state in
          state[place] = 1 - state[place]
          state[isCopying] = true
          state[reservation] = 0
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
      Property.sometimes("both use the buffer after a move") { $0[place] == 1 && $0[importer].allSatisfy { $0 == .using } }
      Property.leadsTo("every move ends", from: { $0[mover] != .idle }, to: { $0[mover] == .idle })
    }
  }
}
