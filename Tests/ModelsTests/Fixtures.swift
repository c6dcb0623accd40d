import Exploration
import Models
import Procedures
import Rules
import Testing

let tiny = Bounds(devices: 1, pages: 1, importers: 0, memory: 1)
let withImporter = Bounds(devices: 1, pages: 1, importers: 1, memory: 1)

/// How many states a test may store. Without optimisation a state costs milliseconds, so a debug build only looks at the beginning.
#if DEBUG
  let isOptimised = false
  let stateLimit = 8_000
#else
  let isOptimised = true
  let stateLimit = 6_000_000
#endif

func model(
  _ kind: ModelKind = .privateMMIO, variant: String = ProcedureSet.defaultVariant, faults: [String] = [], bounds: Bounds = tiny,
  isHostile: Bool = false, symmetry: Symmetry = .tasks
) throws -> Model {
  var procedures = try ProcedureSet(variant: variant)
  for fault in faults { try procedures.apply(fault: fault) }
  return try Model(kind, procedures: procedures, bounds: bounds, isHostile: isHostile, symmetry: symmetry)
}

func check(_ model: Model, limit: Int = stateLimit, threads: Int = 1) throws -> Check {
  try Check(model, options: SearchOptions(limit: limit, threads: threads))
}

/// Performs the prologue and a path from the very beginning; returns what the last state or step breaks.
func replay<World: Stage>(_ actions: [Action], of model: Model, on empty: World) -> (world: World, broken: Property?) {
  var world = empty
  world.begin()
  for action in model.beginning { #expect(world.perform(action, model.book).changesTheWorld, "\(action)") }
  var broken = world.brokenProperty(model.book)
  for action in actions {
    #expect(broken == nil, "before \(action)")
    let outcome = world.perform(action, model.book)
    #expect(outcome.changesTheWorld, "\(action): \(outcome)")
    if case .violated(let property) = outcome { broken = property } else { broken = world.brokenProperty(model.book) }
  }
  return (world, broken)
}

/// Whether the path is one, on both storages, and ends in what was said.
func confirm(_ found: Counterexample, of model: Model) {
  #expect(replay(found.actions, of: model, on: PackedWorld()).broken == found.property)
  #expect(replay(found.actions, of: model, on: TableWorld(bounds: model.book.bounds)).broken == found.property)
}

/// The way leads to its turn, the rounds lead back to it, and something is owed all the while.
func confirm(_ lapse: Lapse, of model: Model) throws {
  var (world, broken) = replay(lapse.stem, of: model, on: TableWorld(bounds: model.book.bounds))
  #expect(broken == nil)
  _ = world.takeJournal()
  let turn = world
  for round in 1...2 {
    for action in lapse.cycle {
      #expect(world.perform(action, model.book).changesTheWorld, "round \(round): \(action)")
      #expect(PromiseInstance.all(lapse.promise, model.book.bounds).contains { world.isOwed($0, model.book) })
    }
    #expect(world == turn)
  }
  #expect(PromiseInstance.all(lapse.promise, model.book.bounds).contains { turn.isOwed($0, model.book) })
}
