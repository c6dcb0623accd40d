import Procedures
import Rules

extension FaultMatrix {
  /// The world of a guard's witness without the guard. What a table alone misses has no cell.
  static func cells(of law: Guard) -> [MatrixCell] {
    world(of: law).map { world in
      var cell = world
      cell.subject = .lawless(law)
      cell.declared = .breaks(world.properties ?? [])
      cell.limit = 4_000_000
      return [cell]
    } ?? []
  }

  /// Every world of a witness once, with all guards in force.
  static var controls: [MatrixCell] {
    var all: [MatrixCell] = []
    for law in Guard.laws {
      guard let cell = world(of: law), !all.contains(cell) else { continue }
      all.append(cell)
    }
    return all
  }

  /// The property alone is asked, so that no other answers for it; one importer where importers are what it is about.
  private static func world(of law: Guard) -> MatrixCell? {
    guard case .model(let kind, let pages, let isHostile, let fault, let property) = law.witness else { return nil }
    var cell = MatrixCell(.lawful, declared: .holdsSoFar)
    cell.kind = kind
    cell.bounds = Bounds(devices: 1, pages: pages, importers: kind == .privateMMIO && !isHostile ? 1 : 0, memory: 1)
    cell.isHostile = isHostile
    cell.strictDMA = kind == .privateMMIO
    cell.companion = fault
    cell.properties = [property]
    cell.limit = 300_000
    return cell
  }

  /// The sound variants against a hostile VMM, and the firmware against any host: too large to be seen whole here, so that these
  /// cells say that nothing was found, and how far.
  static func largeWorlds(_ variants: [Variant], _ platform: String) -> [MatrixCell] {
    var all: [MatrixCell] = []
    for variant in variants where variant.expectation(on: platform) == .holds {
      var cell = MatrixCell(.variant, declared: .holdsSoFar)
      (cell.variant, cell.isHostile, cell.bounds.importers, cell.limit) = (variant.name, true, 0, 1_000_000)
      all.append(cell)
    }
    for kind in [ModelKind.untrustedHost, .runningInterface] {
      var cell = MatrixCell(.variant, declared: .holdsSoFar)
      (cell.kind, cell.bounds.importers, cell.limit) = (kind, 0, 1_000_000)
      all.append(cell)
    }
    return all
  }
}
