import Exploration
import Procedures
import Rules

/// What would have been fine: the nearest change of order with which a counterexample's schedule breaks nothing.
public struct Sibling: Sendable {
  /// The procedure's steps in another order, and what is known of it.
  public struct Order: Hashable, Sendable {
    public let swap: ProcedureSwap
    /// The world that was explored with it, and how many states it has: nothing breaks there.
    public let bounds: Bounds
    public let states: Int

    /// `reset-begin comes after STOP in reset (nothing breaks in 820220 states: 1 device, 1 page, 0 importers)`.
    public var sentence: String {
      "\(swap.sentence) (with \(bounds.size) nothing breaks in all \(states) states)"
    }
  }

  /// Nothing was looked for, or found.
  public static let none = Sibling()
  private init() {}

  public var order: Order?
  /// What others have to do before the last step, for it to break nothing: the same host, another schedule. Empty: nothing does.
  public var schedule: [Action] = []

  public var isEmpty: Bool { order == nil && schedule.isEmpty }

  /// Looks for both.
  /// - Parameter budget: states that are explored, over all orders that are tried, in worlds as small as the path allows.
  public init(of found: Counterexample, in model: Model, budget: Int, interrupt: @escaping @Sendable () -> Bool = { false }) {
    // A set-up that is broken has no step before it that could be moved.
    guard budget > 0, model.prologue.broken == nil, let last = found.actions.last else { return }
    var path = FoundSteps(model)
    for action in found.actions.dropLast() { path.perform(action) }
    schedule = Self.schedule(before: last, in: path.world, of: model)
    path.note(last)
    order = Self.order(of: found, path, in: model, budget: budget, interrupt)
  }

  // MARK: Another schedule

  /// Longest wait for others that is still called near, and how many worlds are looked at.
  private static let depth = 5, worlds = 20_000

  /// The fewest actions of others after which `last` does what it did and breaks nothing.
  private static func schedule(before last: Action, in begun: PackedWorld, of model: Model) -> [Action] {
    let book = model.book
    let others = model.actions.filter { $0 != last && $0.isUnderWay }
    var queue: [(world: PackedWorld, path: [Action])] = [(begun, [])], seen: Set = [begun], next = 0
    while next < queue.count, queue.count < worlds {
      let (from, path) = queue[next]
      next += 1
      guard path.count < depth else { break }
      for action in others {
        var world = from
        let outcome = world.perform(action, book)
        guard outcome.changesTheWorld, !outcome.isViolation, world.brokenProperty(book) == nil, seen.insert(world).inserted else { continue }
        if isSame(last, world, begun, book) {
          var end = world
          let answer = end.perform(last, book)
          if answer == .accepted, end != world, end.brokenProperty(book) == nil, model.settles(from: end) { return path + [action] }
        }
        queue.append((world, path + [action]))
      }
    }
    return []
  }

  /// A line that is passed by because its condition holds no longer would be nobody's success.
  private static func isSame(_ last: Action, _ world: PackedWorld, _ begun: PackedWorld, _ book: Rulebook) -> Bool {
    guard let task = last.task else { return true }
    return world.pendingStep(of: task, book) == begun.pendingStep(of: task, book)
  }

  // MARK: Another order

  /// What trying an order costs beside its exploration, in states: so the budget bounds that, too.
  private static let price = 100

  private static func order(
    of found: Counterexample, _ path: FoundSteps, in model: Model, budget: Int, _ interrupt: @escaping @Sendable () -> Bool
  ) -> Order? {
    var left = budget
    // What broke an order that was tried before breaks most of those that are left.
    var known: [[Action]] = []
    // Where something is not as the variant has it, the mistake is looked for there.
    let suspects = model.procedures.changed
    let candidates = path.steps.filter { suspects.isEmpty || suspects.contains($0.key) }.flatMap { procedure, pivots in
      model.procedures[procedure]?.swaps(around: pivots) ?? []
    }
    let nearestFirst = candidates.sorted()
    // A lock is not what most orders lack: every mere order comes before.
    for crossing in SwapCandidate.Crossing.allCases {
      for candidate in nearestFirst where crossing == .none || candidate.carriesFew {
        guard left > 0, !interrupt() else { return nil }
        left -= price
        var procedures = model.procedures
        guard let (file, swap) = candidate.exchange(crossing), (try? procedures.replace(file.procedure.id, with: file)) != nil,
          let variant = try? model.with(procedures, bounds: model.book.bounds), variant.prologue.broken == nil,
          variant.survives(found.actions, mayWait: crossing == .locks),
          let small = try? model.with(procedures, bounds: model.book.bounds.smallest(for: found.actions, in: file)),
          !known.contains(where: small.breaks), let check = try? Check(small, options: SearchOptions(limit: max(1, left), interrupt: interrupt))
        else { continue }
        left -= check.report.states
        if let other = check.counterexample { known.append(other.actions) }
        // A procedure that is no longer gone through breaks nothing, and is no answer.
        guard check.verdict == .holds, check.notReached.isEmpty else { continue }
        return Order(swap: swap, bounds: small.book.bounds, states: check.report.states)
      }
    }
    return nil
  }
}

/// A path as it is walked, and the last steps of each procedure on it: those whose order can be at fault.
private struct FoundSteps {
  private let model: Model
  private(set) var world: PackedWorld
  /// Places in a procedure's file.
  private(set) var steps: [Procedure: Set<Int>] = [:]
  private var recent: [UInt8: (procedure: Procedure, place: Int)] = [:]

  init(_ model: Model) { (self.model, world) = (model, model.initial) }

  mutating func perform(_ action: Action) {
    note(action)
    _ = world.perform(action, model.book)
  }

  /// Keeps what the action's task does now.
  mutating func note(_ action: Action) {
    guard let task = action.task else { return }
    let position = world[.taskPosition, Int(task)], procedure = model.book.playbook[position].procedure
    guard position != 0, model.book.playbook.entry(of: procedure) <= position else { return }
    recent[task] = (procedure, Int(position - model.book.playbook.entry(of: procedure)))
    steps = [:]
    for (procedure, place) in recent.values { steps[procedure, default: []].insert(place) }
  }
}

extension Action {
  /// The task whose step it is.
  fileprivate var task: UInt8? {
    switch self {
    case .advance(let task), .failStep(_, let task): task
    default: nil
    }
  }

  /// What is done by those who are at it already: nobody begins anything, and nobody dies.
  fileprivate var isUnderWay: Bool {
    switch self {
    case .request, .crashVMM, .misbehave, .call, .attach, .attachPinned, .map, .use, .beginAccess, .startDMA, .foreignBind: false
    default: true
    }
  }

  fileprivate var isOfAnImporter: Bool {
    switch self {
    case .attach, .attachPinned, .map, .use, .finish, .unmap, .detach: true
    default: false
    }
  }
}

extension Step {
  fileprivate var isOfABuffer: Bool {
    switch self {
    case .lockReservation, .markRevoked, .invalidateImporters, .waitForFences, .waitForMappings, .restoreBuffer, .cleanUpBuffer: true
    default: false
    }
  }
}

extension Bounds {
  /// A world in which everybody who has a part in these actions is there, and nobody else; an importer also where the procedure has to do
  /// with buffers, since an order that is fine without one may wait for it for ever. Memory stays: what is forgotten of it leaves no action.
  fileprivate func smallest(for actions: [Action], in file: ProcedureFile) -> Bounds {
    let takesPart = actions.contains(where: \.isOfAnImporter) || file.steps.contains { $0.step.isOfABuffer }
    return Bounds(devices: devices, pages: 1, importers: takesPart ? min(importers, 1) : 0, memory: memory)
  }
}

extension Model {
  /// Other procedures in a world of another size, and everything that can be asked there.
  fileprivate func with(_ procedures: ProcedureSet, bounds: Bounds) throws -> Model {
    try Model(
      kind, procedures: procedures, bounds: bounds, isHostile: book.cast == .hostileVMM, with: optional,
      parameters: book.parameters)
  }

  /// Something breaks where everybody does what is possible of these.
  fileprivate func breaks(_ actions: [Action]) -> Bool {
    var world = initial
    return prologue.broken != nil || actions.contains { world.breaks($0, book) }
  }

  /// The kernel goes as far as it did on the path, nothing breaks by it, and all come to an end. An order by which a procedure is no
  /// longer gone through would pass for nothing.
  /// - Parameter mayWait: a task may find a lock taken where it did not on the path: that is what a lock is for.
  fileprivate func survives(_ actions: [Action], mayWait: Bool) -> Bool {
    var world = initial
    for action in actions {
      let before = world
      if world.breaks(action, book) { return false }
      switch action {
      case .advance where mayWait: break
      case .request, .advance, .failStep: if world == before { return false }
      default: break
      }
    }
    return settles(from: world)
  }

  /// From here all come to an end, and nothing breaks on the way.
  fileprivate func settles(from begun: PackedWorld) -> Bool {
    var world = begun
    let idle = self.actions.filter(\.isUnderWay)
    for _ in 0..<400 {
      if (0..<Bounds.tasks).allSatisfy({ world.isIdle($0) }) { return true }
      let before = world
      for task in 0..<Bounds.tasks where world.breaks(.advance(task: task), book) { return false }
      for action in idle where world == before { if world.breaks(action, book) { return false } }
      if world == before { return false }
    }
    return false
  }
}

extension PackedWorld {
  fileprivate mutating func breaks(_ action: Action, _ book: borrowing Rulebook) -> Bool {
    let outcome = perform(action, book)
    return outcome.isViolation || (outcome.changesTheWorld && brokenProperty(book) != nil)
  }
}
