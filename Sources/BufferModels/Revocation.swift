import Modelling
import Sharing

extension BufferModel {
  static func revocation(_ faults: Set<BufferFault>) throws(ModelError) -> Model {
    var schema = Schema()
    let world = RevocationWorld(&schema, faults)
    return try Model("buffer-revoke", schema) {
      world.birth
      world.attaching
      world.mapping
      world.working
      world.locking
      world.revoking
      world.afterwards
      world.properties
    }
  }
}

/// Three importers, of which two bear revocation and the third does not, and an exporter that takes its buffer back.
struct RevocationWorld: Sendable {
  /// The descriptor of the buffer.
  enum File: CaseIterable, Sendable { case wanted, given, failed, closed }
  /// Which locks an importer has on its way to a mapping, or in the callback of the fence of its work.
  enum Way: CaseIterable, Sendable {
    case none, reservation
    /// Out of order.
    case tables
    case both
    /// Out of order: the callback of a fence takes the reservation.
    case inCallback, reservationInCallback
  }
  /// Where the exporter is. It has the reservation alone if it takes it out of order.
  enum Exporter: CaseIterable, Sendable { case idle, hasDevice, hasReservation, hasBoth, told, fencesOver }
  let faults: Set<BufferFault>
  let law: SharingLaw
  let file: Field<File>
  let life: Field<BufferLife>
  let exporter: Field<Exporter>
  let memory: Field<MemoryCustody>
  let stage: IndexedField<AttachmentStage>
  let way: IndexedField<Way>
  /// Its fence is not signalled.
  let works: IndexedField<Bool>
  /// The first importer keeps the buffer as it is for a while.
  let isPinned: Field<Bool>
  let locks: OrderedLocks
  // What describes the memory, and the reference on its device.
  let ranges: Field<Bool>
  let reference: Field<Bool>
  /// A ghost: somebody asked for it for good, and was not refused.
  let isPromised: Field<Bool>

  // Parties are the importers, and then the exporter. One lock of page tables: all importers are behind one IOMMU.
  let count = 3, owner = 3, device = 0, reservation = 1, tables = 2

  init(_ schema: inout Schema, _ faults: Set<BufferFault>) {
    self.faults = faults
    law = faults.law
    file = schema.field("descriptor", initially: .wanted)
    life = schema.field("buffer", initially: .live)
    exporter = schema.field("exporter", initially: .idle)
    memory = schema.field("memory", initially: .lent)
    stage = schema.field("importer", count: count, initially: .detached)
    way = schema.field("way", count: count, initially: .none)
    works = schema.field("work", count: count, initially: false)
    isPinned = schema.field("pinned", initially: false)
    locks = OrderedLocks([.device, .reservation, .pageTables], parties: count + 1, in: &schema)
    ranges = schema.field("ranges", initially: true)
    reference = schema.field("device reference", initially: true)
    isPromised = schema.field("promised for good", initially: false)
  }

  func bears(_ i: Int) -> LifetimeClasses { i < 2 ? [.pinned, .revocable] : .pinned }
  func mappings(_ state: State) -> Int { stage.indices.reduce(0) { $0 + (state[stage, $1].isMapped ? 1 : 0) } }
  func isWorkOver(_ state: State) -> Bool { !state[works].contains(true) }
  func isFree(_ state: State) -> Bool { locks.isFree(state, reservation) }

  /// A buffer begins with a descriptor, or not at all.
  @ModelBuilder var birth: [ModelBuilder.Part] {
    Action("descriptor", fairness: .weak, when: { $0[file] == .wanted }, then: { $0[file] = .given })
    Action(
      "no descriptor", when: { $0[file] == .wanted },
      then: { state in
        state[file] = .failed
        if faults.contains(.descriptorFailureLeaks) { return }
        state[ranges] = false
        state[reference] = false
      })
    Action(
      "last handle",
      when: { state in
        state[file] == .given && state[exporter] == .idle && state[memory] != .withheld && state[stage].allSatisfy { $0 == .detached }
      },
      then: { state in
        state[file] = .closed
        state[life] = .released
        state[reference] = false
        if !faults.contains(.releaseLeaks) { state[ranges] = false }
      })
  }

  @ModelBuilder var attaching: [ModelBuilder.Part] {
    Action(
      "attach", each: stage.indices,
      when: { state, i in
        state[file] == .given && state[stage, i] == .detached && isFree(state) && law.refusalToAttach(state[life]) == nil
          && law.lifetime(offered: .revocable, bearable: bears(i)) != nil
      }, then: { state, i in state[stage, i] = .attached })
    Action(
      "detach", each: stage.indices,
      when: { state, i in
        state[stage, i] == .attached && state[way, i] == .none && isFree(state) && !state[works, i] && !(i == 0 && state[isPinned])
      },
      then: { state, i in state[stage, i] = .detached })
    Action(
      "pin", when: { $0[stage, 0] == .mapped && !$0[isPinned] && isFree($0) && law.refusalToPin($0[life], $0[stage, 0]) == nil },
      then: { $0[isPinned] = true })
    // Told, and pinning all the same: who asks about the mapping and not about the buffer.
    Action(
      "pin late", when: { $0[stage, 0] == .told && !$0[isPinned] && isFree($0) && law.refusalToPin($0[life], $0[stage, 0]) == nil },
      then: { $0[isPinned] = true })
    Action("unpin", fairness: .weak, when: { $0[isPinned] }, then: { $0[isPinned] = false })
  }

  /// Mapping: the reservation, then the tables.
  @ModelBuilder var mapping: [ModelBuilder.Part] {
    Action(
      "lock to map", each: stage.indices,
      when: { state, i in !faults.contains(.lockDisorder) && state[stage, i] == .attached && state[way, i] == .none && isFree(state) },
      then: { state, i in
        locks.take(&state, reservation, by: i)
        state[way, i] = .reservation
      })
    Action(
      "lock tables first", each: stage.indices,
      when: { state, i in
        faults.contains(.lockDisorder) && state[stage, i] == .attached && state[way, i] == .none && locks.isFree(state, tables)
      },
      then: { state, i in
        locks.take(&state, tables, by: i)
        state[way, i] = .tables
      })
    Action(
      "lock tables", each: stage.indices, fairness: .weak,
      when: { state, i in state[way, i] == .reservation && locks.isFree(state, tables) },
      then: { state, i in
        locks.take(&state, tables, by: i)
        state[way, i] = .both
      })
    Action(
      "lock reservation last", each: stage.indices, fairness: .strong,
      when: { state, i in state[way, i] == .tables && isFree(state) },
      then: { state, i in
        locks.take(&state, reservation, by: i)
        state[way, i] = .both
      })
    Action(
      "map", each: stage.indices, fairness: .weak, when: { state, i in state[way, i] == .both },
      then: { state, i in
        if law.refusalToMap(state[life], state[stage, i]) == nil { state[stage, i] = .mapped }
        locks.release(&state, tables, by: i)
        locks.release(&state, reservation, by: i)
        state[way, i] = .none
      })
    Action(
      "unmap", each: stage.indices,
      when: { state, i in
        state[stage, i] == .mapped && isFree(state) && !state[works, i] && state[way, i] == .none && !(i == 0 && state[isPinned])
      },
      then: { state, i in state[stage, i] = .attached })
    // What hardware has begun goes on without the mapping: its fence says when it is over.
    Action(
      "let go", each: stage.indices, fairness: .strong,
      when: { state, i in state[stage, i] == .told && bears(i).has(.revocable) && isFree(state) && state[way, i] == .none },
      then: { state, i in state[stage, i] = .attached })
  }

  @ModelBuilder var working: [ModelBuilder.Part] {
    Action(
      "begin work", each: stage.indices,
      when: { state, i in state[stage, i] == .mapped && !state[works, i] && state[way, i] == .none && isFree(state) },
      then: { state, i in state[works, i] = true })
    Action(
      "finish work", each: stage.indices, fairness: .weak,
      when: { state, i in state[works, i] && (state[way, i] == .none || !faults.contains(.callbackLocks)) },
      then: { state, i in
        state[works, i] = false
        if faults.contains(.callbackLocks) { state[way, i] = .inCallback }
      })
    Action(
      "lock in callback", each: stage.indices, fairness: .strong, when: { state, i in state[way, i] == .inCallback && isFree(state) },
      then: { state, i in
        locks.take(&state, reservation, by: i, inCallback: true)
        state[way, i] = .reservationInCallback
      })
    Action(
      "callback returns", each: stage.indices, fairness: .weak, when: { state, i in state[way, i] == .reservationInCallback },
      then: { state, i in
        locks.release(&state, reservation, by: i)
        state[way, i] = .none
      })
  }

  /// The exporter: its device's memory lock, then the reservation.
  @ModelBuilder var locking: [ModelBuilder.Part] {
    Action(
      "lock device", when: { $0[file] == .given && $0[life] == .live && $0[exporter] == .idle && !faults.contains(.deviceLockLast) },
      then: { state in
        locks.take(&state, device, by: owner)
        state[exporter] = .hasDevice
      })
    Action(
      "lock to revoke", fairness: .strong, when: { $0[exporter] == .hasDevice && isFree($0) },
      then: { state in
        locks.take(&state, reservation, by: owner)
        state[exporter] = .hasBoth
      })
    Action(
      "lock reservation first",
      when: { state in
        faults.contains(.deviceLockLast) && state[file] == .given && state[life] == .live && state[exporter] == .idle && isFree(state)
      },
      then: { state in
        locks.take(&state, reservation, by: owner)
        state[exporter] = .hasReservation
      })
    Action(
      "lock device last", fairness: .weak, when: { $0[exporter] == .hasReservation },
      then: { state in
        locks.take(&state, device, by: owner)
        state[exporter] = .hasBoth
      })
  }

  @ModelBuilder var revoking: [ModelBuilder.Part] {
    Action("tell", fairness: .weak, when: { $0[exporter] == .hasBoth }, then: { begin(&$0, .restorable) })
    Action("tell for good", when: { $0[exporter] == .hasBoth }, then: { begin(&$0, .permanent) })
    // Somebody else asks for it as well, and for good.
    Action(
      "ask for good", when: { $0[life].isRevoking && isFree($0) },
      then: { state in
        if case .becomesPermanent(let now) = law.revocation(of: state[life], .permanent, pins: 0) {
          state[life] = now
          state[isPromised] = true
        }
      })
    Action(
      "fences are over", fairness: .weak,
      when: { $0[exporter] == .told && law.refusalToTakeAway($0[memory], isWorkOver: isWorkOver($0), mappings: 0) == nil },
      then: { state in
        locks.release(&state, reservation, by: owner)
        state[exporter] = .fencesOver
      })
    Action(
      "mappings are gone", fairness: .weak,
      when: { $0[exporter] == .fencesOver && law.refusalToTakeAway($0[memory], isWorkOver: isWorkOver($0), mappings: mappings($0)) == nil },
      then: { state in
        state[memory] = .takenAway
        end(&state)
      })
    // The policy `withhold`: the buffer is revoked, and its memory is used for nothing.
    Action(
      "deadline passes",
      when: { state in
        (state[exporter] == .told || state[exporter] == .fencesOver)
          && law.refusalToTakeAway(state[memory], isWorkOver: isWorkOver(state), mappings: mappings(state)) != nil
      },
      then: { state in
        state[memory] = .withheld
        end(&state)
      })
    // The policy `giveUp`: it is live again, and who was told is right to stay.
    Action(
      "give up",
      when: { state in
        (state[exporter] == .told || state[exporter] == .fencesOver)
          && law.refusalToTakeAway(state[memory], isWorkOver: isWorkOver(state), mappings: mappings(state)) != nil
          && law.refusalToGiveUp(state[life], asked: .restorable) == nil
      },
      then: { state in
        state[life] = .live
        for i in stage.indices where state[stage, i] == .told { state[stage, i] = .mapped }
        leave(&state)
      })
  }

  @ModelBuilder var afterwards: [ModelBuilder.Part] {
    Action(
      "settle", fairness: .weak,
      when: { state in
        state[memory] == .withheld && state[life].isRevoked
          && law.refusalToTakeAway(state[memory], isWorkOver: isWorkOver(state), mappings: mappings(state)) == nil
      }, then: { $0[memory] = .takenAway })
    Action(
      "restore",
      when: { state in
        state[life].isRevoked && state[exporter] == .idle && isFree(state)
          && law.refusalToRestore(state[life], isWorkOver: isWorkOver(state), mappings: mappings(state)) == nil
      },
      then: { state in
        state[memory] = .lent
        state[life] = .live
      })
  }

  private func begin(_ state: inout State, _ permanence: Permanence) {
    guard case .begin = law.revocation(of: state[life], permanence, pins: state[isPinned] ? 1 : 0) else {
      return leave(&state)
    }
    if permanence == .permanent { state[isPromised] = true }
    state[life] = .revoking(permanence)
    for i in stage.indices where state[stage, i] == .mapped { state[stage, i] = .told }
    state[exporter] = .told
  }

  private func end(_ state: inout State) {
    state[life] = state[life].ended
    leave(&state)
  }

  private func leave(_ state: inout State) {
    locks.release(&state, reservation, by: owner)
    locks.release(&state, device, by: owner)
    state[exporter] = .idle
  }

  @ModelBuilder var properties: [ModelBuilder.Part] {
    Property.always(BufferProperty.takenAwayUnreachable.sentence, whenever: { $0[memory] == .takenAway }) { state in
      mappings(state) == 0 && isWorkOver(state)
    }
    Property.always(BufferProperty.pinnedUndisturbed.sentence, whenever: { $0[isPinned] }) { $0[stage, 0] != .told }
    Property.always(BufferProperty.oldNotUsedAfterRestore.sentence, whenever: { $0[life] == .live && $0[stage].contains { $0 != .detached } }) {
      state in
      stage.indices.allSatisfy { state[stage, $0] != .told && (!state[works, $0] || state[stage, $0] == .mapped) }
    }
    Property.always(BufferProperty.goneForGood.sentence, whenever: { $0[isPromised] }) { $0[life] != .live }
    Property.always(BufferProperty.nothingKept.sentence, whenever: { $0[file] == .failed || $0[file] == .closed }) { state in
      !state[ranges] && !state[reference]
    }
    locks.property
    Property.sometimes("a revocation meets work under way") { $0[life].isRevoking && $0[works].contains(true) }
    Property.sometimes("somebody is late") { $0[memory] == .withheld }
    Property.leadsTo(BufferProperty.everyRevocationEnds.sentence, from: { $0[exporter] != .idle }, to: { $0[exporter] == .idle })
    Property.leadsTo(BufferProperty.withheldEnds.sentence, from: { $0[memory] == .withheld }, to: { $0[memory] != .withheld })
  }
}
