import Exploration
import Primitives
import Procedures
import Rules

/// One exploration: a model, how far to go, and what came out.
public struct Check: Sendable {
  public let model: Model
  public let report: SearchReport
  /// The shortest way to the first violation, if there is one.
  public let counterexample: Counterexample?
  /// The promises that are not kept, if all else holds: of each the shortest way, whatever device, importer or task it is about.
  public let lapses: [Lapse]
  /// What the model has to come to and did not, in the states that were seen. Not looked for where something is violated, whose path
  /// is shown anyway, nor by random walks, which keep no states.
  public let notReached: [Milestone]
  /// Properties of which nothing that they are about was there in any state: kept, and nothing is said by it. Looked for as milestones are.
  public let neverHadAChance: [Property]
  /// Steps that the verdict says nothing of. Looked for as milestones are.
  public let unsaid: UnsaidSteps
  /// How far those procedures come that are there for something missed.
  public let halts: [Halt]
  /// Random walks that were begun, the interrupted one not counted; nil where states were explored. They say little by finding nothing.
  public let walks: Int?
  public var isWalk: Bool { walks != nil }

  /// Explores. `options` bound it; the verdict says what was covered.
  public init(_ model: Model, options: SearchOptions = SearchOptions()) throws(SearchError) {
    var explorer = try Explorer(model.system, options: options, liveness: model.liveness)
    report = explorer.run()
    self.model = model
    counterexample = report.violations.first.flatMap { Counterexample($0, of: model) }
    walks = nil
    notReached = report.violations.isEmpty ? explorer.notReached(by: model) : []
    neverHadAChance = report.violations.isEmpty ? explorer.withoutSubject(in: model) : []
    unsaid = report.violations.isEmpty ? UnsaidSteps(of: model, in: explorer) : UnsaidSteps(of: model)
    var halts: [Halt] = []
    for case .works(let procedure) in notReached where report.end == .exhausted && model.milestones.contains(.works(procedure)) {
      halts.append(Halt(of: procedure, in: explorer, model))
    }
    self.halts = halts
    let found = zip(model.promiseInstances, report.liveness?.outcomes ?? []).compactMap { instance, outcome in
      if case .violated(let lasso) = outcome { Lapse(lasso, of: instance.promise, in: model) } else { nil }
    }
    lapses = model.promises.compactMap { promise in
      found.filter { $0.promise == promise }.min { $0.stem.count + $0.cycle.count < $1.stem.count + $1.cycle.count }
    }
  }

  /// The first of them.
  public var lapse: Lapse? { lapses.first }

  /// Walks at random, for a world too large: what is found is real, and nothing found says little.
  public init(walking model: Model, walks: Int, seed: UInt64, interrupt: (() -> Bool)? = nil) throws(SearchError) {
    var walk = try RandomWalk(model.system, walks: walks, seed: seed)
    // Asked before each walk.
    var asked = 0
    walk.interrupt = {
      asked += 1
      return interrupt?() == true
    }
    report = walk.run()
    self.model = model
    counterexample = report.violations.first.flatMap { Counterexample($0, of: model) }
    (lapses, notReached, neverHadAChance, unsaid, halts) = ([], [], [], UnsaidSteps(of: model), [])
    self.walks = report.end == .incomplete(.interrupted) ? asked - 1 : asked
  }

  /// The first way to each property that was seen to break: one, unless the search went on behind it.
  public var counterexamples: [Counterexample] { report.violations.compactMap { Counterexample($0, of: model) } }

  public enum Verdict: Hashable, Sendable {
    case holds
    case violated(Property)
    case notKept(Promise)
    /// All was seen, and this was not in it.
    case neverReached(Milestone)
    case incomplete(String)
  }

  public var verdict: Verdict {
    if let counterexample { return .violated(counterexample.property) }
    switch report.end {
    case .exhausted:
      if let lapse { return .notKept(lapse.promise) }
      if let missed = missed.first { return .neverReached(missed) }
      return report.liveness?.incompleteness.map { .incomplete($0.rawValue) } ?? .holds
    // A violation that no property claims is a defect of the model: not a verdict, and never a good one.
    case .stoppedAtViolation: return .incomplete("unknown-violation")
    case .incomplete(let reason): return lapse.map { .notKept($0.promise) } ?? .incomplete(reason.rawValue)
    }
  }

  /// What was asked and is nowhere, where all was seen: first what a changed procedure was there for.
  public var missed: [Milestone] {
    guard report.end == .exhausted else { return [] }
    let missed = notReached.filter(model.milestones.contains)
    let own = model.procedures.changed.map { Milestone.works($0) }
    return missed.filter(own.contains) + missed.filter { !own.contains($0) }
  }

  /// Promises of which nothing was ever owed: kept, and nothing is said by it.
  public var neverOwed: [Promise] {
    let outcomes = report.liveness?.outcomes ?? []
    return model.promises.filter { promise in
      zip(model.promiseInstances, outcomes).allSatisfy { $0.promise != promise || $1 == .vacuous }
    }
  }

  /// Actions that never led anywhere: what the model did not get to show.
  public var neverFired: [Action] {
    // An unmap that somebody was told to do has a label of its own.
    let told = report.firedLabels.indices.filter { $0 >= model.actions.count && report.firedLabels[$0] > 0 }.map { model.action(UInt32($0)) }
    return zip(model.actions, report.firedLabels).filter { $0.1 == 0 && !told.contains($0.0) }.map(\.0)
  }
}

extension Explorer {
  fileprivate borrowing func notReached(by model: Model) -> [Milestone] {
    // By its address: a closure that has the value copies it for each state, with a reference for each of its arrays.
    withUnsafePointer(to: model.book) { book in
      neverShown(model.wanted, model.width) { world, milestone in world.shows(milestone, book.pointee) }
    }
  }

  fileprivate borrowing func withoutSubject(in model: Model) -> [Property] {
    let bounds = model.book.bounds
    return neverShown(model.properties, model.width) { world, property in world.hasSubject(of: property, bounds) }
  }

  /// From the last state to the first: what ends in the end is met at once, and only what nothing shows is looked for in every one.
  private borrowing func neverShown<Item>(_ items: [Item], _ width: Int, _ isShown: (PackedWorld, Item) -> Bool) -> [Item] {
    var left = items
    for index in (0..<stateCount).reversed() where !left.isEmpty {
      withState(index) { words in
        let world = PackedWorld(words, width)
        if left.contains(where: { isShown(world, $0) }) { left.removeAll { isShown(world, $0) } }
      }
    }
    return left
  }
}

/// The actions that lead from the set-up to a violation, and the name under which they can be quoted.
public struct Counterexample: Hashable, Sendable {
  public let property: Property
  public let actions: [Action]
  /// Stable: the same model, procedures, faults and actions give the same identifier on every machine.
  public let id: String

  public init(property: Property, actions: [Action], id: String) {
    (self.property, self.actions, self.id) = (property, actions, id)
  }

  init?(_ violation: Violation, of model: Model) {
    // Where the set-up breaks it, the set-up is the path.
    let path = model.prologue.broken != nil ? model.prologue.actions : model.unfold(violation.path)
    guard violation.property > 0, Int(violation.property) <= Property.allCases.count else { return nil }
    property = Property(code: violation.property - 1)
    actions = path
    id = Self.identifier(of: property.id, actions: path, in: model)
  }

  static func identifier(of property: String, actions: [Action], in model: Model) -> String {
    var hash = StableHash()
    hash.combine(model.kind.rawValue)
    hash.combine(model.procedures.variant.name)
    for fault in model.procedures.faults { hash.combine(fault) }
    // The steps themselves: a file of a user's, or an edited one, is another host under the same name.
    for position in 0..<model.book.playbook.count { hash.combine("\(model.book.playbook[UInt16(position)])") }
    hash.combine("\(model.book.parameters)")
    let bounds = model.book.bounds
    for n in [bounds.devices, bounds.pages, bounds.importers, bounds.memory, model.book.cast.code] { hash.combine(UInt64(n)) }
    hash.combine(property)
    for action in actions { hash.combine(action.description) }
    let digits = String(hash.value >> 24, radix: 16)
    let padded = String(repeating: "0", count: 10 - digits.count) + digits
    return "\(padded.prefix(4))-\(padded.dropFirst(4).prefix(4))-\(padded.suffix(2))"
  }
}
