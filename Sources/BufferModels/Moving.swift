import Modelling
import Sharing

extension BufferModel {
  static func moving(_ faults: Set<BufferFault>) throws(ModelError) -> Model {
    var schema = Schema()
    let world = MovingWorld(&schema, faults)
    return try Model("buffer-move", schema) {
      world.faulting
      world.working
      world.moving
      world.properties
    }
  }
}

/// Two importers that fault, and a mover. A frame is the number of the place that it was taken from.
struct MovingWorld: Sendable {
  /// With the reservation; with that and the page tables of an importer; with everybody told; copying.
  enum Mover: CaseIterable, Sendable { case idle, locked, zapping, told, copying }
  enum Faulter: CaseIterable, Sendable {
    /// Nothing mapped; with its page tables alone (out of order); looking under the reservation; with a frame in hand; with the tables as
    /// well; mapped.
    case empty, hasTables, locked, hasFrame, hasBoth, mapped
  }

  let faults: Set<BufferFault>
  let law: SharingLaw
  let place: Field<Int>
  let mover: Field<Mover>
  /// The KERNEL fence of the copy: not signalled.
  let isCopying: Field<Bool>
  /// Importers that were told of the move.
  let told: Field<Int>
  let importer: IndexedField<Faulter>
  let frame: IndexedField<Int>
  /// Its fence is not signalled, and it uses its frame.
  let works: IndexedField<Bool>
  /// The first importer keeps the buffer where it is for a while.
  let isPinned: Field<Bool>
  /// A ghost: it was pinned when it moved.
  let wasMovedPinned: Field<Bool>
  let locks: OrderedLocks

  // Parties are the importers, and then who moves. The tables of importer `i` are lock `1 + i`.
  let count = 2, owner = 2, reservation = 0

  init(_ schema: inout Schema, _ faults: Set<BufferFault>) {
    self.faults = faults
    law = faults.law
    place = schema.field("place", in: 0...1, initially: 0)
    mover = schema.field("mover", initially: .idle)
    isCopying = schema.field("copy under way", initially: false)
    told = schema.field("told", in: 0...count, initially: 0)
    importer = schema.field("importer", count: count, initially: .empty)
    frame = schema.field("frame", count: count, in: 0...1, initially: 0)
    works = schema.field("work", count: count, initially: false)
    isPinned = schema.field("pinned", initially: false)
    wasMovedPinned = schema.field("was moved while pinned", initially: false)
    locks = OrderedLocks([.reservation] + Array(repeating: .pageTables, count: count), parties: count + 1, in: &schema)
  }

  func mappings(_ state: State) -> Int { importer.indices.reduce(0) { $0 + (state[importer, $1] == .mapped ? 1 : 0) } }
  func isWorkOver(_ state: State) -> Bool { !state[works].contains(true) }
  func mayUse(_ state: State) -> Bool { law.mayUse(isKernelWorkOver: !state[isCopying]) }

  /// A fault: the reservation, the frame, the importer's tables.
  @ModelBuilder var faulting: [ModelBuilder.Part] {
    Action(
      "lock to fault", each: importer.indices,
      when: { state, i in
        let isReady = state[importer, i] == (faults.contains(.tablesFirst) ? .hasTables : .empty)
        return isReady && locks.isFree(state, reservation) && mayUse(state)
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
      })
    // Somebody who does not know better: the frame stays in hand, and the lock does not.
    Action(
      "unlock with a frame", each: importer.indices,
      when: { state, i in state[importer, i] == .hasFrame && locks.isHeld(state, reservation, by: i) && !locks.isHeld(state, 1 + i, by: i) },
      then: { state, i in locks.release(&state, reservation, by: i) })
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
        let isHeld = locks.isHeld(state, reservation, by: i)
        state[importer, i] = law.refusalOfFrame(isHeld: isHeld, .live, .mapped) == nil ? .mapped : .empty
        locks.release(&state, 1 + i, by: i)
        locks.release(&state, reservation, by: i)
      })
  }

  @ModelBuilder var working: [ModelBuilder.Part] {
    Action(
      "begin work", each: importer.indices,
      when: { state, i in state[importer, i] == .mapped && !state[works, i] && locks.isFree(state, reservation) && mayUse(state) },
      then: { state, i in state[works, i] = true })
    Action(
      "finish work", each: importer.indices, fairness: .weak, when: { state, i in state[works, i] }, then: { state, i in state[works, i] = false })
    Action(
      "pin", when: { $0[importer, 0] == .mapped && !$0[isPinned] && locks.isFree($0, reservation) }, then: { $0[isPinned] = true })
    Action("unpin", fairness: .weak, when: { $0[isPinned] && locks.isFree($0, reservation) }, then: { $0[isPinned] = false })
  }

  @ModelBuilder var moving: [ModelBuilder.Part] {
    Action(
      "lock to move", when: { $0[mover] == .idle && locks.isFree($0, reservation) && !$0[isCopying] },
      then: { state in
        guard law.refusalToMove(.live, pins: state[isPinned] ? 1 : 0, hasFixed: false) == nil else { return }
        locks.take(&state, reservation, by: owner)
        state[mover] = .locked
      })
    // Who is told takes its pages out, under the lock of its tables. What its hardware has begun goes on.
    Action(
      "lock tables to zap", fairness: .weak,
      when: { $0[mover] == .locked && $0[told] < count && locks.isFree($0, 1 + $0[told]) },
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
      "all have let go", fairness: .weak,
      when: { state in
        state[mover] == .locked && law.refusalToRelocate(mappings: mappings(state)) == nil
          && law.refusalToCopy(isWorkOver: isWorkOver(state)) == nil
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
        if state[isPinned] { state[wasMovedPinned] = true }
        locks.release(&state, reservation, by: owner)
        state[mover] = .copying
      })
    Action(
      "copied", fairness: .weak, when: { $0[mover] == .copying },
      then: { state in
        state[isCopying] = false
        state[mover] = .idle
      })
  }

  @ModelBuilder var properties: [ModelBuilder.Part] {
    Property.always(BufferProperty.earlierFrame.sentence, whenever: { $0[works].contains(true) }) { state in
      importer.indices.allSatisfy { !state[works, $0] || state[frame, $0] == state[place] }
    }
    Property.always(BufferProperty.emptyPlace.sentence, whenever: { $0[isCopying] }) { state in
      importer.indices.allSatisfy { !state[works, $0] || state[frame, $0] != state[place] }
    }
    Property.always(BufferProperty.pinnedUndisturbed.sentence, whenever: { $0[isPinned] }) { !$0[wasMovedPinned] }
    locks.property
    Property.sometimes("both use the buffer after a move") { $0[place] == 1 && $0[works].allSatisfy { $0 } }
    Property.leadsTo(BufferProperty.everyMoveEnds.sentence, from: { $0[mover] != .idle }, to: { $0[mover] == .idle })
  }
}
