import Foundation
import Machine
import Primitives
import Procedures
import Rules
import Testing

/// A rulebook with a variant's procedures.
func book(
  _ variant: String = ProcedureSet.defaultVariant, faults: [String] = [], cast: Cast = .behaved
) throws -> Rulebook {
  var procedures = try ProcedureSet(variant: variant)
  for fault in faults { try procedures.apply(fault: fault) }
  return Rulebook(law: procedures.law, playbook: try procedures.playbook(), cast: cast)
}

/// A small machine that compares bytes and rules after every event.
func machine(
  _ variant: String = ProcedureSet.defaultVariant, bounds: Bounds = Bounds(devices: 1, pages: 4, importers: 2, memory: 2),
  faults: [String] = [], cast: Cast = .behaved, seed: UInt64 = 1
) throws -> Machine {
  var parameters = Parameters()
  parameters.nonTEEPages = 0b1100
  let built = try Machine(
    MachineFile.synthetic(bounds: bounds, parameters: parameters), try book(variant, faults: faults, cast: cast), seed: seed)
  built.auditsEveryEvent = true
  return built
}

func payload(_ count: Int) -> [UInt8] {
  var random = SeededRandom(seed: 7)
  return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
}

let packageRoot = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
