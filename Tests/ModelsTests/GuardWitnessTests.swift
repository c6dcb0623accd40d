import Exploration
import Procedures
import Rules
import Testing

import Models

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

  @Test(arguments: try! FaultMatrix().cells.filter { if case .lawless = $0.subject { true } else { false } })
  func itsAbsenceBreaksTheProperty(_ cell: MatrixCell) throws {
    let result = try cell.explored(limit: Self.limit)
    if case .undecided = result.judgement { #expect(!Self.mustBeFound, "\(cell)") } else { #expect(result.judgement == .asDeclared, "\(cell)") }
  }

  /// With the guard in force the same question is answered with no, as far as the bound goes: what breaks, breaks for want of
  /// the guard.
  @Test(arguments: try! FaultMatrix().cells.filter { $0.subject == .lawful }) func withTheGuardItHolds(_ cell: MatrixCell) throws {
    #expect(try cell.explored(limit: min(Self.limit, cell.limit)).judgement == .asDeclared, "\(cell)")
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
