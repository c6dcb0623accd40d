import Documents
import Procedures
import Rules

/// A user's fault files beside the built-in ones.
extension FaultMatrix {
  /// Where a user's fault is asked. It has to be good for the place that its file names first; where it names none, a variant whose
  /// procedures lack an anchor is left out, and that is said.
  static func places(
    for fault: FaultFile, among hosts: [ProcedureSet], beside known: [FaultFile]
  ) throws(ProcedureError) -> (hosts: [ProcedureSet], notes: [String]) {
    let place = Position(file: fault.file, line: 1)
    guard !known.contains(where: { $0.name == fault.name }) else {
      throw .document(
        DocumentError(.contradiction, at: place, "there is a fault \(quoted(fault.name)) already", expected: "a name that no other fault has"))
    }
    let home = fault.variants.first ?? ProcedureSet.defaultVariant
    var good: [ProcedureSet] = [], notes: [String] = []
    for host in hosts where host.isConcerned(by: fault) || host.variant.name == home {
      do throws(ProcedureError) {
        var set = host
        try set.apply(fault)
        _ = try set.playbook()
        good.append(host)
      } catch {
        if host.variant.name == home || !fault.variants.isEmpty { throw error }
        notes.append("\(fault.name) cannot be applied to \(host.variant.name): \(error)")
      }
    }
    return (good, notes)
  }

  /// What a built-in fault is asked, where its file says what it breaks. One that says nothing has to be seen by something.
  static func guestCells(of fault: FaultFile, _ hosts: [ProcedureSet], _ platform: String) throws(ProcedureError) -> [MatrixCell] {
    let saysNothing = fault.breaks.isEmpty && fault.lapses.isEmpty && fault.misses.isEmpty && fault.refusedBy == nil
    var cells = saysNothing ? hosts.compactMap { cell(of: fault, $0.variant, platform) } : Self.cells(of: fault, hosts, platform)
    for i in cells.indices { cells[i].guest = fault }
    if cells.isEmpty {
      throw .document(
        DocumentError(
          .contradiction, at: Position(file: fault.file, line: 1), "whatever \(quoted(fault.name)) breaks its variants break by themselves",
          expected: "breaks: with something else, or other variants"))
    }
    return cells
  }

  /// Any property, the disputed one among them, and any promise. In a variant that breaks things by itself nobody could tell by what a
  /// fault is seen, unless it is made for that one: then it is what the variant keeps that has to break.
  private static func cell(of fault: FaultFile, _ variant: Variant, _ platform: String) -> MatrixCell? {
    guard let own = variant.expectation(on: platform) else { return nil }
    var cell = MatrixCell(.fault(fault.name), declared: .breaksSomething)
    cell.variant = variant.name
    cell.isHome = variant.name == fault.variants.first ?? ProcedureSet.defaultVariant
    guard cell.isHome || (own.isSafe && !fault.needsHostileVMM) else { return nil }
    if fault.needsHostileVMM {
      (cell.isHostile, cell.bounds.importers, cell.limit) = (true, 0, largest)
    } else {
      (cell.strictDMA, cell.promises) = (true, Promise.allCases.filter { !own.promises.contains($0) })
    }
    if own != .holds { cell.properties = Property.allCases.filter { !own.properties.contains($0) } }
    return cell
  }
}

extension MatrixCell {
  /// A user's fault that nothing sees with one of each may need two: an order that forgets all units of guest memory but the first, which
  /// is seen soon, and so looked for wherever the fault is; or all pages, which takes a large world, and is looked for where it is at home.
  func wider(than model: Model) -> [MatrixCell] {
    guard guest != nil, !isHostile, bounds.pages == 1, bounds.memory == 1 else { return [] }
    var units = self, pages = self
    (units.bounds.memory, units.limit) = (2, 30_000_000)
    (pages.bounds.pages, pages.limit) = (2, 30_000_000)
    let forgetsUnits = model.procedures.changed.contains { model.procedures[$0]?.stepsOfOneUnit.isEmpty == false }
    return (forgetsUnits ? [units] : []) + (isHome ? [pages] : [])
  }
}
