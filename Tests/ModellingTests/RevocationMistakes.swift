import Modelling

/// The changes to the example that the article proposes, each alone.
enum Mistake: CaseIterable {
  case none
  /// `complete` does not wait for `mappings` to be zero.
  case completesAtOnce
  /// `map` does not look whether it has mapped already.
  case mapsTwice
  /// `finish` without fairness.
  case finishesAtWill
  /// `tell` gets through between two uses alone, weakly fair as it was, or strongly.
  case tellsBetweenUses, tellsBetweenUsesStrongly
}

/// The example once more, with room for a mistake. That it is the example is tested.
func revocation(importers count: Int, _ mistake: Mistake) throws -> Model {
  var schema = Schema()
  let buffer = schema.field("buffer", initially: Buffer.live)
  let importer = schema.field("importer", count: count, initially: Importer.unmapped)
  let told = schema.field("told", count: count, initially: false)
  let mappings = schema.field("mappings", in: 0...count, initially: 0)
  let isBetweenUses = mistake == .tellsBetweenUses || mistake == .tellsBetweenUsesStrongly

  return try Model("revocation", schema) {
    Action(
      "map", each: importer.indices,
      when: { state, i in state[buffer] == .live && (mistake == .mapsTwice || state[importer, i] == .unmapped) },
      then: { state, i in
        state[importer, i] = .mapped
        state[mappings] += 1
      })
    Action(
      "begin", each: importer.indices,
      when: { state, i in state[importer, i] == .mapped && !state[told, i] },
      then: { state, i in state[importer, i] = .using })
    Action(
      "finish", each: importer.indices, fairness: mistake == .finishesAtWill ? .none : .weak,
      when: { state, i in state[importer, i] == .using },
      then: { state, i in state[importer, i] = .mapped })
    Action("revoke", when: { $0[buffer] == .live }, then: { $0[buffer] = .revoking })
    Action(
      "tell", each: importer.indices, fairness: mistake == .tellsBetweenUsesStrongly ? .strong : .weak,
      when: { state, i in
        let isHeard = isBetweenUses ? state[importer, i] == .mapped : state[importer, i] != .unmapped
        return state[buffer] == .revoking && isHeard && !state[told, i]
      },
      then: { state, i in state[told, i] = true })
    Action(
      "unmap", each: importer.indices, fairness: .weak,
      when: { state, i in state[told, i] && state[importer, i] == .mapped },
      then: { state, i in
        state[importer, i] = .unmapped
        state[told, i] = false
        state[mappings] -= 1
      })
    Action(
      "complete", fairness: .weak,
      when: { $0[buffer] == .revoking && (mistake == .completesAtOnce || $0[mappings] == 0) },
      then: { $0[buffer] = .revoked })
    Action("restore", when: { $0[buffer] == .revoked }, then: { $0[buffer] = .live })

    Property.always("no importer uses a revoked buffer", whenever: { $0[buffer] == .revoked }) { !$0[importer].contains(.using) }
    Property.sometimes("a revocation meets everybody at work") { state in
      state[buffer] == .revoking && state[importer].allSatisfy { $0 == .using }
    }
    Property.leadsTo("every revocation completes", from: { $0[buffer] == .revoking }, to: { $0[buffer] == .revoked })
  }
}
