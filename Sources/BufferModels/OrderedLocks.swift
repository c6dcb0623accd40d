import Modelling
import Sharing

/// The locks of a model, each taken in a step of its own, and whether anybody took one out of order: by the rule that the debug builds of
/// `Buffers` ask at every lock (`LockBreach`).
struct OrderedLocks: Sendable {
  /// The first rule that somebody broke.
  struct Breach: Equatable, Sendable, CaseIterable, CustomStringConvertible {
    let rule: LockBreach?
    static let allCases = [Breach(rule: nil)] + LockBreach.allCases.map { Breach(rule: $0) }
    var description: String { rule?.rawValue ?? "kept" }
  }

  private let ranks: [LockRank]
  /// Who holds each lock: 0 nobody, otherwise the party and one.
  private let holder: IndexedField<Int>
  private let breach: Field<Breach>

  /// - Parameters:
  ///   - ranks: a lock for each; by its place there it is named.
  ///   - parties: who may hold one, from 0 on.
  init(_ ranks: [LockRank], parties: Int, in schema: inout Schema) {
    self.ranks = ranks
    holder = schema.field("lock", count: ranks.count, in: 0...parties, initially: 0)
    breach = schema.field("lock order", initially: Breach(rule: nil))
  }

  func isFree(_ state: State, _ lock: Int) -> Bool { state[holder, lock] == 0 }
  func isHeld(_ state: State, _ lock: Int, by party: Int) -> Bool { state[holder, lock] == party + 1 }
  /// Nil for a lock that nobody has.
  func holder(_ state: State, _ lock: Int) -> Int? { state[holder, lock] == 0 ? nil : state[holder, lock] - 1 }
  /// How many a party holds.
  func count(_ state: State, of party: Int) -> Int { ranks.indices.reduce(0) { $0 + (isHeld(state, $1, by: party) ? 1 : 0) } }

  /// Takes a lock that is free.
  func take(_ state: inout State, _ lock: Int, by party: Int, hasTicket: Bool = false, inCallback: Bool = false) {
    if state[breach].rule == nil {
      var held = HeldLocks()
      for other in ranks.indices where isHeld(state, other, by: party) { held.take(ranks[other]) }
      if inCallback { held.take(.fenceCallback) }
      let underTicket = hasTicket ? held.count(.reservation) : 0
      state[breach] = Breach(rule: LockBreach(taking: ranks[lock], with: held, underTicket: underTicket))
    }
    state[holder, lock] = party + 1
  }

  /// Gives a lock back; nothing where somebody else has it.
  func release(_ state: inout State, _ lock: Int, by party: Int) { if isHeld(state, lock, by: party) { state[holder, lock] = 0 } }

  var property: Property { .always(BufferProperty.lockOrder.sentence) { $0[breach].rule == nil } }
}
