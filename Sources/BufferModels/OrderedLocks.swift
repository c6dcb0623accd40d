import Modelling

/// The locks of a model, each taken in a step of its own, and whether anybody took one out of order.
///
/// The order is that of the room `Buffers` (`LockOrder`, linux.md section 8): a device's memory lock, then reservations, then the lock of an
/// importer's page tables. A second reservation needs a ticket, and the callback of a fence takes none.
struct OrderedLocks: Sendable {
  enum Rank: Sendable { case device, reservation, tables }

  /// The first rule that somebody broke.
  enum Breach: CaseIterable, Sendable {
    case none, deviceAfterReservation, deviceAfterTables, reservationAfterTables, reservationInCallback, secondReservation, secondTables
  }

  private let ranks: [Rank]
  /// Who holds each lock: 0 nobody, otherwise the party and one.
  private let holder: IndexedField<Int>
  private let breach: Field<Breach>

  /// - Parameters:
  ///   - ranks: a lock for each; by its place there it is named.
  ///   - parties: who may hold one, from 0 on.
  init(_ ranks: [Rank], parties: Int, in schema: inout Schema) {
    self.ranks = ranks
    holder = schema.field("lock", count: ranks.count, in: 0...parties, initially: 0)
    breach = schema.field("lock order", initially: .none)
  }

  func isFree(_ state: State, _ lock: Int) -> Bool { state[holder, lock] == 0 }
  func isHeld(_ state: State, _ lock: Int, by party: Int) -> Bool { state[holder, lock] == party + 1 }
  /// Nil for a lock that nobody has.
  func holder(_ state: State, _ lock: Int) -> Int? { state[holder, lock] == 0 ? nil : state[holder, lock] - 1 }

  /// Takes a lock that is free.
  func take(_ state: inout State, _ lock: Int, by party: Int, hasTicket: Bool = false, inCallback: Bool = false) {
    if state[breach] == .none { state[breach] = rule(state, ranks[lock], party, hasTicket, inCallback) }
    state[holder, lock] = party + 1
  }

  /// Gives a lock back; nothing where somebody else has it.
  func release(_ state: inout State, _ lock: Int, by party: Int) { if isHeld(state, lock, by: party) { state[holder, lock] = 0 } }

  private func rule(_ state: State, _ rank: Rank, _ party: Int, _ hasTicket: Bool, _ inCallback: Bool) -> Breach {
    func has(_ rank: Rank) -> Bool { ranks.indices.contains { ranks[$0] == rank && isHeld(state, $0, by: party) } }
    switch rank {
    case .device: return has(.reservation) ? .deviceAfterReservation : has(.tables) ? .deviceAfterTables : .none
    case .reservation:
      if has(.tables) { return .reservationAfterTables }
      if inCallback { return .reservationInCallback }
      return has(.reservation) && !hasTicket ? .secondReservation : .none
    case .tables: return has(.tables) ? .secondTables : .none
    }
  }

  static let propertyName = "locks are taken in their order"
  var property: Property { .always(Self.propertyName) { $0[breach] == .none } }
}
