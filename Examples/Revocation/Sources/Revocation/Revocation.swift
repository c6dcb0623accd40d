import Modelling

enum Buffer: CaseIterable { case live, revoking, revoked }
enum Importer: CaseIterable { case unmapped, mapped, using }

/// An exporter takes a buffer back from everybody who has mapped it, and may give it out again.
func revocation(importers count: Int) throws -> Model {
  var schema = Schema()
  let buffer = schema.field("buffer", initially: Buffer.live)
  let importer = schema.field("importer", count: count, initially: Importer.unmapped)
  let told = schema.field("told", count: count, initially: false)
  let mappings = schema.field("mappings", in: 0...count, initially: 0)

  return try Model("revocation", schema) {
    Action(
      "map", each: importer.indices,
      when: { state, i in state[buffer] == .live && state[importer, i] == .unmapped },
      then: { state, i in
        state[importer, i] = .mapped
        state[mappings] += 1
      })
    Action(
      "begin", each: importer.indices,
      when: { state, i in state[importer, i] == .mapped && !state[told, i] },
      then: { state, i in state[importer, i] = .using })
    Action(
      "finish", each: importer.indices, fairness: .weak,
      when: { state, i in state[importer, i] == .using },
      then: { state, i in state[importer, i] = .mapped })
    Action("revoke", when: { $0[buffer] == .live }, then: { $0[buffer] = .revoking })
    Action(
      "tell", each: importer.indices, fairness: .weak,
      when: { state, i in state[buffer] == .revoking && state[importer, i] != .unmapped && !state[told, i] },
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
      when: { $0[buffer] == .revoking && $0[mappings] == 0 },
      then: { $0[buffer] = .revoked })
    Action("restore", when: { $0[buffer] == .revoked }, then: { $0[buffer] = .live })

    Property.always("no importer uses a revoked buffer", whenever: { $0[buffer] == .revoked }) { !$0[importer].contains(.using) }
    Property.sometimes("a revocation meets everybody at work") { state in
      state[buffer] == .revoking && state[importer].allSatisfy { $0 == .using }
    }
    Property.leadsTo("every revocation completes", from: { $0[buffer] == .revoking }, to: { $0[buffer] == .revoked })
  }
}
