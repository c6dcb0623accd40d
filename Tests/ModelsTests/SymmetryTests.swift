import Exploration
import Models
import Procedures
import Rules
import Testing

/// Worlds that differ in which of the two tasks does what are one to the explorer. Nothing but the number of states may show it.
@Suite struct SymmetryTests {
  /// Both tasks begin procedures, in either order, as far as a search without reduction comes.
  private func someWorlds(_ model: Model, limit: Int) throws -> [PackedWorld] {
    var explorer = try Explorer(model.system, options: SearchOptions(limit: limit))
    _ = explorer.run()
    return (0..<explorer.stateCount).map { index in
      explorer.withState(index) { words in
        var world = PackedWorld()
        for i in 0..<model.width { world.words[i] = words[i] }
        return world
      }
    }
  }

  /// Whatever is done in a world can be done in its mirror image by the mirrored actor, with the same outcome and a mirrored end.
  @Test(arguments: [false, true]) func anExchangeIsAnAutomorphism(isHostile: Bool) throws {
    let bounds = Bounds(devices: 2, pages: 1, importers: 1, memory: 1)
    let model = try model(bounds: bounds, isHostile: isHostile, symmetry: .none)
    var busy = 0
    for world in try someWorlds(model, limit: isOptimised ? 60_000 : 4_000) where !world.isIdle(0) && !world.isIdle(1) {
      busy += 1
      guard busy % 7 == 0 else { continue }
      let mirror = exchanged(world)
      #expect(exchanged(mirror) == world && mirror != world)
      #expect(mirror.brokenProperty(model.book) == world.brokenProperty(model.book))
      for action in model.actions {
        let mirrored: Action = if case .advance(let task) = action { .advance(task: 1 - task) } else { action }
        var (next, image) = (world, mirror)
        guard next.perform(action, model.book) == image.perform(mirrored, model.book), sorted(next) == sorted(image) else {
          Issue.record("\(action) in a world and \(mirrored) in its image end differently")
          return
        }
      }
    }
    #expect(busy > 100)
  }

  /// The reduced search finds an image of every world that the whole search finds, and nothing else.
  @Test func oneOfEachPair() throws {
    let reduced = try check(model()), whole = try check(model(symmetry: .none))
    #expect(reduced.verdict == whole.verdict || !isOptimised)
    guard isOptimised else { return }
    let all = try someWorlds(model(symmetry: .none), limit: stateLimit)
    #expect(Set(all.map(sorted)).count == reduced.report.states && reduced.report.states < all.count)
    #expect(reduced.report.depth == whole.report.depth)
  }

  /// A search that goes on behind what broke keeps one of each pair there, too, and what it finds there can be walked.
  @Test func behindAViolationAsWell() throws {
    let faults = ["frame-without-reservation"], model = try model(faults: faults)
    var explorer = try Explorer(model.system, options: SearchOptions(limit: isOptimised ? 400_000 : 8_000, stopAtFirst: false))
    let report = explorer.run()
    for index in 0..<explorer.stateCount {
      let isSorted = explorer.withState(index) { words in
        var world = PackedWorld()
        for i in 0..<model.width { world.words[i] = words[i] }
        return !world.sortTasks(devices: model.book.bounds.devices)
      }
      guard isSorted else {
        Issue.record("state \(index) is the other of its pair")
        return
      }
    }
    var procedures = try ProcedureSet()
    for fault in faults { try procedures.apply(fault: fault) }
    let found = try Check(model, options: SearchOptions(limit: isOptimised ? 400_000 : 8_000, stopAtFirst: false)).counterexamples
    #expect(found.count == report.violations.count && Set(found.map(\.property)).isSuperset(of: [.unlockedStep, .unheldUnlock]))
    for one in found { confirm(one, of: try Model(.privateMMIO, procedures: procedures, bounds: tiny, properties: [one.property])) }
  }

  /// The same verdicts by paths of the same length, and each path can be walked as it stands.
  @Test(arguments: ProcedureSet.faultNames) func noViolationIsLost(fault: String) throws {
    let file = try ProcedureSet.fault(fault)
    guard !file.needsHostileVMM else { return }
    let variant = file.variants.first ?? ProcedureSet.defaultVariant
    let reduced = try model(variant: variant, faults: [fault]), whole = try model(variant: variant, faults: [fault], symmetry: .none)
    let (short, plain) = (try check(reduced, limit: isOptimised ? stateLimit / 2 : stateLimit), try check(whole))
    guard let expected = plain.counterexample else {
      #expect(short.counterexample == nil || !isOptimised)
      return
    }
    let found = try #require(short.counterexample, "\(fault)")
    #expect(found.property == expected.property && found.actions.count == expected.actions.count)
    confirm(found, of: reduced)
  }

  private func sorted(_ world: PackedWorld) -> PackedWorld {
    var world = world
    _ = world.sortTasks(devices: 2)
    return world
  }

  /// The tasks' fields and the owners of locks, by name and not by place.
  private func exchanged(_ world: PackedWorld) -> PackedWorld {
    var image = world
    for field in Field.allCases where field.axis == .task {
      (image[field, 0], image[field, 1]) = (world[field, 1], world[field, 0])
    }
    for field in [Field.deviceSetLock, .memoryLock, .reservation, .tsmLock] {
      for i in 0..<(field.axis == .world ? 1 : 2) where world[field, i] != 0 { image[field, i] = 3 - world[field, i] }
    }
    return image
  }
}
