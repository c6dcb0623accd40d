import Procedures
import Rules

/// The plan of the fault matrix: every cell that fits, in an order in which what is likeliest to surprise comes first.
///
/// Worlds are small (1 device, 1 page, 1 importer) because a fault that is one is one there; a hostile VMM takes part only where
/// a fault or a witness says so, because it multiplies the states by a hundred.
public struct FaultMatrix: Sendable {
  public let cells: [MatrixCell]
  public let variants: [Variant]
  public let faults: [FaultFile]
  public let platform: String
  /// A user's own, which are among the faults, and variants that one of them cannot be applied to, though its file names none, and why.
  public let guests: [FaultFile]
  public let notes: [String]
  /// States of a hostile world in which the faults that need one are found: 69 million, three minutes of CPU.
  static let largest = 80_000_000

  /// - Parameter guests: faults of a user's, which are asked what the built-in ones are asked.
  public init(platform: String = "tdx", guests: [FaultFile] = []) throws(ProcedureError) {
    var hosts: [ProcedureSet] = [], faults: [FaultFile] = []
    for name in ProcedureSet.variantNames {
      let host = try ProcedureSet(variant: name)
      if host.variant.expectation(on: platform) != nil { hosts.append(host) }
    }
    let variants = hosts.map(\.variant)
    for name in ProcedureSet.faultNames { faults.append(try ProcedureSet.fault(name)) }
    var guestCells: [MatrixCell] = [], notes: [String] = []
    for guest in guests {
      let places = try Self.places(for: guest, among: hosts, beside: faults)
      notes += places.notes
      let cells = try Self.guestCells(of: guest, places.hosts, platform)
      guestCells += cells
      faults.append(guest)
    }
    (self.guests, self.notes) = (guests, notes)
    (self.platform, self.variants, self.faults) = (platform, variants, faults)
    var cells: [MatrixCell] = []
    for variant in variants { cells += Self.cells(of: variant, platform) }
    for fault in faults.dropLast(guests.count) { cells += Self.cells(of: fault, hosts, platform) }
    // Whoever brings a fault waits for it.
    cells += guestCells
    for law in Guard.laws { cells += Self.cells(of: law) }
    cells += Self.controls + Self.largeWorlds(variants, platform)
    // A hostile fault takes longer than all the rest: an interruption then leaves the rest whole.
    self.cells = cells.filter { !$0.isLongest } + cells.filter(\.isLongest)
  }

  /// The variant by itself: all properties, the disputed one among them, and all promises, which nothing that breaks hides.
  private static func cells(of variant: Variant, _ platform: String) -> [MatrixCell] {
    guard let expectation = variant.expectation(on: platform) else { return [] }
    func declared(_ names: [Finding.Witness]) -> MatrixCell.Declaration { names.isEmpty ? .holds : .breaksJust(names) }
    var cell = MatrixCell(.variant, declared: declared(expectation.properties.map { .property($0) }))
    // Behind what breaks there is a world of its own.
    (cell.variant, cell.strictDMA, cell.goesOn, cell.limit) = (variant.name, true, !expectation.isSafe, 20_000_000)
    var promises = cell
    (promises.properties, promises.promises, promises.goesOn) = ([], Promise.allCases, false)
    promises.declared = declared(expectation.promises.map { .promise($0) })
    return [cell, promises]
  }

  /// The fault in every variant that it says something of; its promises, and what a guard keeps from it, where it is at home.
  static func cells(of fault: FaultFile, _ hosts: [ProcedureSet], _ platform: String) -> [MatrixCell] {
    let home = fault.variants.first ?? ProcedureSet.defaultVariant
    var cells: [MatrixCell] = []
    for host in hosts where host.isConcerned(by: fault) {
      let variant = host.variant
      var cell = MatrixCell(
        .fault(fault.name), declared: !fault.breaks.isEmpty ? .breaks(fault.breaks) : fault.misses.isEmpty ? .holds : .misses(fault.misses))
      if let own = variant.expectation(on: platform), !own.isSafe {
        // What an unsound variant breaks by itself would answer for the fault.
        let asked = fault.breaks.filter { !own.properties.contains($0) }
        if asked.isEmpty && fault.misses.isEmpty { continue }
        // Behind what breaks there is a world of its own, and what it comes to nowhere is asked alone.
        if asked.isEmpty {
          (cell.properties, cell.milestones) = ([], fault.misses)
        } else {
          (cell.declared, cell.properties) = (.breaks(asked), asked)
        }
      }
      cell.variant = variant.name
      cell.isRefused = fault.refusedBy != nil
      cell.isHome = variant.name == home
      cell.strictDMA = fault.needsStrictDMA
      cell.goesOn = cell.isHome && !fault.needsHostileVMM
      if fault.needsHostileVMM {
        // Once is enough of a world of this size.
        guard cell.isHome else { continue }
        (cell.isHostile, cell.bounds.importers, cell.limit) = (true, 0, largest)
      }
      cells.append(cell)
      guard cell.isHome else { continue }
      if let law = fault.refusedBy {
        var open = cell
        (open.subject, open.declared) = (.unguarded(fault.name, law), .breaksSomething)
        cells.append(open)
      }
      for promise in fault.lapses {
        var owed = cell
        (owed.declared, owed.properties, owed.promises, owed.goesOn) = (.lapses(promise), [], [promise], false)
        cells.append(owed)
      }
    }
    return cells
  }
}
