import Exploration
import Procedures
import Rules
import Testing

@testable import Models

/// Every guard is missed by somebody. What `list guards` says of each is found again here: in release, because the worlds are
/// large; in debug, for the guards that fall in the first few thousand states.
@Suite struct GuardWitnessTests {
  #if DEBUG
    static let limit = 4_000
    static let mustBeFound = false
  #else
    static let limit = 4_000_000
    static let mustBeFound = true
  #endif

  static let witnessed: [Guard] = Guard.laws.filter(\.witness.isModel)

  /// The world that a witness names, with the guard or without it.
  private func model(of law: Guard, isDropped: Bool) throws -> Model? {
    guard case .model(let kind, let pages, let isHostile, let fault, let property) = law.witness else { return nil }
    var procedures = try ProcedureSet()
    if let fault { try procedures.apply(fault: fault) }
    if isDropped { try procedures.apply(fault: "drop-guard:\(law.id)") }
    var parameters = Parameters()
    parameters.strictDMA = kind == .privateMMIO
    // One importer where importers are what it is about; the property alone is asked, so that no other answers for it.
    let importers: UInt8 = kind == .privateMMIO && !isHostile ? 1 : 0
    return try Model(
      kind, procedures: procedures, bounds: Bounds(devices: 1, pages: pages, importers: importers, memory: 1), isHostile: isHostile,
      parameters: parameters, properties: [property])
  }

  @Test(arguments: witnessed) func itsAbsenceBreaksTheProperty(_ law: Guard) throws {
    guard case .model(_, _, _, _, let property) = law.witness else { return }
    guard let model = try model(of: law, isDropped: true) else { return }
    let check = try Check(model, options: SearchOptions(limit: Self.limit))
    if let found = check.counterexample { #expect(found.property == property) } else { #expect(!Self.mustBeFound, "\(law.id)") }
  }

  /// With the guard in force the same question is answered with no, as far as the bound goes: what breaks, breaks for want of
  /// the guard.
  @Test(arguments: witnessed) func withTheGuardItHolds(_ law: Guard) throws {
    guard let model = try model(of: law, isDropped: false) else { return }
    let check = try Check(model, options: SearchOptions(limit: min(Self.limit, 300_000)))
    #expect(check.counterexample == nil, "\(law.id)")
  }

  /// Each property can fail: by a fault of the list, or by a guard that is switched off.
  @Test func everyPropertyIsBrokenBySomething() throws {
    var broken: Set<Property> = []
    for name in ProcedureSet.faultNames { broken.formUnion(try ProcedureSet.fault(name).breaks) }
    for law in Self.witnessed { if case .model(_, _, _, _, let property) = law.witness { broken.insert(property) } }
    #expect(broken == Set(Property.allCases))
  }

  @Test func mostGuardsAreMissedByAModel() {
    #expect(Self.witnessed.count * 3 >= Guard.laws.count * 2)
  }
}
