import Modelling

extension BufferModel {
  enum Life: CaseIterable, Sendable {
    case made, live, revoking, revoked, failed, released
  }
  enum Importer: CaseIterable, Sendable {
    /// Three are on their way to a mapping: with the reservation, with the tables alone (out of order), with both. The last two are in the
    /// callback of the fence of their work, which takes the reservation (out of order).
    case detached, attached, mapped, using, hasReservation, hasTables, hasBoth, inCallback, hasReservationInCallback
  }
  /// Where the exporter is in its revocation. It has the reservation alone if it takes it out of order.
  enum Exporter: CaseIterable, Sendable { case idle, hasDevice, hasReservation, hasBoth, told, fencesOver }

  /// Two importers: the first bears revocation and the second does not.
  static func revocation(_ faults: Set<BufferFault>) throws(ModelError) -> Model {
    let count = 2
    var schema = Schema()
    let life = schema.field("buffer", initially: Life.made)
    let exporter = schema.field("exporter", initially: Exporter.idle)
    let importer = schema.field("importer", count: count, initially: Importer.detached)
    let told = schema.field("told", count: count, initially: false)
    // Parties are the importers, and then the exporter. One lock of page tables: both importers are behind one IOMMU.
    let owner = count, device = 0, reservation = 1, tables = 2
    let locks = OrderedLocks([.device, .reservation, .tables], parties: count + 1, in: &schema)
    let ranges = schema.field("ranges", initially: true)
    let reference = schema.field("device reference", initially: true)

    @Sendable func bears(_ i: Int) -> Bool { i == 0 }
    @Sendable func maps(_ importer: Importer) -> Bool {
      switch importer {
      case .mapped, .using, .inCallback, .hasReservationInCallback: true
      case .detached, .attached, .hasReservation, .hasTables, .hasBoth: false
      }
    }

    return try Model("buffer-revoke", schema) {
      Action("descriptor", fairness: .weak, when: { $0[life] == .made }, then: { $0[life] = .live })
      Action(
        "no descriptor", when: { $0[life] == .made },
        then: { state in
          state[life] = .failed
          if faults.contains(.descriptorFailureLeaks) { return }
          state[ranges] = false
          state[reference] = false
        })
      Action(
        "attach", each: importer.indices,
        when: { state, i in
          state[life] == .live && state[importer, i] == .detached && locks.isFree(state, reservation) && (bears(i) || faults.contains(.noAttachCheck))
        }, then: { state, i in state[importer, i] = .attached })
      Action(
        "detach", each: importer.indices, when: { state, i in state[importer, i] == .attached && locks.isFree(state, reservation) },
        then: { state, i in state[importer, i] = .detached })

      // Mapping: the reservation, then the tables.
      Action(
        "lock to map", each: importer.indices,
        when: { state, i in !faults.contains(.lockDisorder) && state[importer, i] == .attached && locks.isFree(state, reservation) },
        then: { state, i in
          locks.take(&state, reservation, by: i)
          state[importer, i] = .hasReservation
        })
      Action(
        "lock tables first", each: importer.indices,
        when: { state, i in faults.contains(.lockDisorder) && state[importer, i] == .attached && locks.isFree(state, tables) },
        then: { state, i in
          locks.take(&state, tables, by: i)
          state[importer, i] = .hasTables
        })
      Action(
        "lock tables", each: importer.indices, fairness: .weak,
        when: { state, i in state[importer, i] == .hasReservation && locks.isFree(state, tables) },
        then: { state, i in
          locks.take(&state, tables, by: i)
          state[importer, i] = .hasBoth
        })
      Action(
        "lock reservation last", each: importer.indices, fairness: .strong,
        when: { state, i in state[importer, i] == .hasTables && locks.isFree(state, reservation) },
        then: { state, i in
          locks.take(&state, reservation, by: i)
          state[importer, i] = .hasBoth
        })
      Action(
        "map", each: importer.indices, fairness: .weak, when: { state, i in state[importer, i] == .hasBoth },
        then: { state, i in
          let isOpen = state[life] == .live || faults.contains(.mapWhileRevoking) && state[life] == .revoking
          state[importer, i] = isOpen ? .mapped : .attached
          locks.release(&state, tables, by: i)
          locks.release(&state, reservation, by: i)
        })

      Action(
        "begin work", each: importer.indices,
        when: { state, i in state[importer, i] == .mapped && !state[told, i] }, then: { state, i in state[importer, i] = .using })
      Action(
        "finish work", each: importer.indices, fairness: .weak, when: { state, i in state[importer, i] == .using },
        then: { state, i in state[importer, i] = faults.contains(.callbackLocks) ? .inCallback : .mapped })
      Action(
        "lock in callback", each: importer.indices, fairness: .strong,
        when: { state, i in state[importer, i] == .inCallback && locks.isFree(state, reservation) },
        then: { state, i in
          locks.take(&state, reservation, by: i, inCallback: true)
          state[importer, i] = .hasReservationInCallback
        })
      Action(
        "callback returns", each: importer.indices, fairness: .weak, when: { state, i in state[importer, i] == .hasReservationInCallback },
        then: { state, i in
          locks.release(&state, reservation, by: i)
          state[importer, i] = .mapped
        })
      Action(
        "let go", each: importer.indices, fairness: .strong,
        when: { state, i in state[importer, i] == .mapped && state[told, i] && bears(i) && locks.isFree(state, reservation) },
        then: { state, i in
          state[importer, i] = .attached
          state[told, i] = false
        })
      Action(
        "unmap", each: importer.indices,
        when: { state, i in state[importer, i] == .mapped && !state[told, i] && locks.isFree(state, reservation) },
        then: { state, i in state[importer, i] = .attached })

      // The revocation.
      Action(
        "lock device", when: { $0[life] == .live && $0[exporter] == .idle && !faults.contains(.deviceLockLast) },
        then: { state in
          locks.take(&state, device, by: owner)
          state[exporter] = .hasDevice
        })
      Action(
        "lock to revoke", fairness: .strong, when: { $0[exporter] == .hasDevice && locks.isFree($0, reservation) },
        then: { state in
          locks.take(&state, reservation, by: owner)
          state[exporter] = .hasBoth
        })
      Action(
        "lock reservation first",
        when: { state in
          faults.contains(.deviceLockLast) && state[life] == .live && state[exporter] == .idle && locks.isFree(state, reservation)
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
      Action(
        "tell", fairness: .weak, when: { $0[exporter] == .hasBoth },
        then: { state in
          state[life] = .revoking
          for i in 0..<count where maps(state[importer, i]) { state[told, i] = true }
          state[exporter] = .told
        })
      Action(
        "fences are over", fairness: .weak,
        when: { $0[exporter] == .told && (faults.contains(.noFenceWait) || !$0[importer].contains(.using)) },
        then: { state in
          locks.release(&state, reservation, by: owner)
          state[exporter] = .fencesOver
        })
      Action(
        "mappings are gone", fairness: .weak,
        when: { state in
          let isFree = !state[importer].contains(where: maps)
          return state[exporter] == .fencesOver && (isFree || !faults.isDisjoint(with: [.noUnmapWait, .noFenceWait]))
        },
        then: { state in
          state[life] = .revoked
          locks.release(&state, device, by: owner)
          state[exporter] = .idle
        })
      Action(
        "restore", when: { $0[life] == .revoked && locks.isFree($0, reservation) && $0[exporter] == .idle }, then: { $0[life] = .live })
      Action(
        "last handle",
        when: { state in
          (state[life] == .live || state[life] == .revoked) && state[exporter] == .idle && state[importer].allSatisfy { $0 == .detached }
        },
        then: { state in
          state[life] = .released
          state[reference] = false
          if !faults.contains(.releaseLeaks) { state[ranges] = false }
        })

      Property.always("nobody can reach memory that was taken away", whenever: { $0[life] == .revoked }) { !$0[importer].contains(where: maps) }
      Property.always("who is attached lets go when told", whenever: { $0[importer].contains { $0 != .detached } }) { state in
        importer.indices.allSatisfy { state[importer, $0] == .detached || bears($0) }
      }
      Property.always("nothing is kept for a buffer that is gone", whenever: { $0[life] == .failed || $0[life] == .released }) { state in
        !state[ranges] && !state[reference]
      }
      locks.property
      Property.sometimes("a revocation meets work under way") { $0[life] == .revoking && $0[importer].contains(.using) }
      Property.leadsTo("every revocation ends", from: { $0[exporter] != .idle }, to: { $0[exporter] == .idle })
    }
  }
}
