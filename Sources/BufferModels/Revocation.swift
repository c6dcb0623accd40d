import Modelling

extension BufferModel {
  enum Life: CaseIterable, Sendable {
    case made, live, revoking, revoked, failed, released
  }
  enum Importer: CaseIterable, Sendable {
    /// The last three are on their way to a mapping: with the reservation, with the tables alone (out of order), with both.
    case detached, attached, mapped, using, hasReservation, hasTables, hasBoth
  }
  /// Where the exporter is in its revocation.
  enum Exporter: CaseIterable, Sendable { case idle, hasDevice, hasBoth, told, fencesOver, unlocked }

  /// Two importers: the first bears revocation and the second does not.
  static func revocation(_ faults: Set<BufferFault>) throws(ModelError) -> Model {
    let count = 2
    var schema = Schema()
    let life = schema.field("buffer", initially: Life.made)
    let exporter = schema.field("exporter", initially: Exporter.idle)
    let importer = schema.field("importer", count: count, initially: Importer.detached)
    let told = schema.field("told", count: count, initially: false)
    // 0 is free, 1 the exporter, 2 and 3 the importers.
    let reservation = schema.field("reservation", in: 0...count + 1, initially: 0)
    let tables = schema.field("tables", in: 0...count + 1, initially: 0)
    let device = schema.field("device lock", initially: false)
    let disorder = schema.field("disorder", initially: false)
    let ranges = schema.field("ranges", initially: true)
    let reference = schema.field("device reference", initially: true)

    @Sendable func bears(_ i: Int) -> Bool { i == 0 }
    @Sendable func maps(_ importer: Importer) -> Bool { importer == .mapped || importer == .using }

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
          state[life] == .live && state[importer, i] == .detached && state[reservation] == 0 && (bears(i) || faults.contains(.noAttachCheck))
        }, then: { state, i in state[importer, i] = .attached })
      Action(
        "detach", each: importer.indices, when: { state, i in state[importer, i] == .attached && state[reservation] == 0 },
        then: { state, i in state[importer, i] = .detached })

      // Mapping: the reservation, then the tables.
      Action(
        "lock to map", each: importer.indices,
        when: { state, i in !faults.contains(.lockDisorder) && state[importer, i] == .attached && state[reservation] == 0 },
        then: { state, i in
          state[reservation] = i + 2
          state[importer, i] = .hasReservation
        })
      Action(
        "lock tables first", each: importer.indices,
        when: { state, i in faults.contains(.lockDisorder) && state[importer, i] == .attached && state[tables] == 0 },
        then: { state, i in
          state[tables] = i + 2
          state[importer, i] = .hasTables
        })
      Action(
        "lock tables", each: importer.indices, fairness: .weak,
        when: { state, i in state[importer, i] == .hasReservation && state[tables] == 0 },
        then: { state, i in
          state[tables] = i + 2
          state[importer, i] = .hasBoth
        })
      Action(
        "lock reservation last", each: importer.indices, fairness: .strong,
        when: { state, i in state[importer, i] == .hasTables && state[reservation] == 0 },
        then: { state, i in
          state[reservation] = i + 2
          state[importer, i] = .hasBoth
          state[disorder] = true
        })
      Action(
        "map", each: importer.indices, fairness: .weak, when: { state, i in state[importer, i] == .hasBoth },
        then: { state, i in
          let isOpen = state[life] == .live || faults.contains(.mapWhileRevoking) && state[life] == .revoking
          state[importer, i] = isOpen ? .mapped : .attached
          state[tables] = 0
          state[reservation] = 0
        })

      Action(
        "begin work", each: importer.indices,
        when: { state, i in state[importer, i] == .mapped && !state[told, i] }, then: { state, i in state[importer, i] = .using })
      Action(
        "finish work", each: importer.indices, fairness: .weak, when: { state, i in state[importer, i] == .using },
        then: { state, i in state[importer, i] = .mapped })
      Action(
        "let go", each: importer.indices, fairness: .strong,
        when: { state, i in state[importer, i] == .mapped && state[told, i] && bears(i) && state[reservation] == 0 },
        then: { state, i in
          state[importer, i] = .attached
          state[told, i] = false
        })
      Action(
        "unmap", each: importer.indices,
        when: { state, i in state[importer, i] == .mapped && !state[told, i] && state[reservation] == 0 },
        then: { state, i in state[importer, i] = .attached })

      // The revocation.
      Action(
        "lock device", when: { $0[life] == .live && $0[exporter] == .idle },
        then: { state in
          state[device] = true
          state[exporter] = .hasDevice
        })
      Action(
        "lock to revoke", fairness: .strong, when: { $0[exporter] == .hasDevice && $0[reservation] == 0 },
        then: { state in
          state[reservation] = 1
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
          state[reservation] = 0
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
          state[device] = false
          state[exporter] = .idle
        })
      Action(
        "restore", when: { $0[life] == .revoked && $0[reservation] == 0 && $0[exporter] == .idle }, then: { $0[life] = .live })
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
      Property.always("locks are taken in their order") { !$0[disorder] }
      Property.sometimes("a revocation meets work under way") { $0[life] == .revoking && $0[importer].contains(.using) }
      Property.leadsTo("every revocation ends", from: { $0[exporter] != .idle }, to: { $0[exporter] == .idle })
    }
  }
}
