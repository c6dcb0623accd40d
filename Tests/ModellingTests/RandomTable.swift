import Modelling
import Primitives

/// A model that somebody drew: a table of what each action does in each state, and of what is good. States are numbers here and
/// fields in the model, so that only the model knows of layout, guards and effects.
struct RandomTable: Sendable {
  static let tones = Tone.allCases.count
  enum Tone: CaseIterable { case low, middle, high, top }

  /// By action and state: where it leads; nil where it is not possible.
  var actions: [[Int?]] = []
  var fairness: [Action.Fairness] = []
  /// By predicate and state.
  var facts: [[Bool]] = []
  /// A state is a tone, a number of `levels` and a flag.
  var levels: Int
  var states: Int { Self.tones * levels * 2 }

  init(seed: UInt64, levels: Int, density: Int) {
    var random = SeededRandom(seed: seed)
    self.levels = levels
    let states = states
    actions = (0..<5).map { _ in
      (0..<states).map { _ in
        Int.random(in: 0..<10, using: &random) < density ? Int.random(in: 0..<states, using: &random) : nil
      }
    }
    fairness = actions.map { _ in [.none, .weak, .strong, .strong].randomElement(using: &random) ?? .none }
    facts = (0..<4).map { fact in (0..<states).map { _ in Int.random(in: 0..<8, using: &random) < [1, 2, 4, 6][fact] } }
  }

  /// The same as a model. The number counts from -2, and lies behind fields that push it over the border of a word.
  func model(_ ask: (_ fact: @escaping @Sendable (Int) -> Property.Predicate) -> [Property]) throws -> Model {
    var schema = Schema()
    let tone = schema.field("tone", count: 2, initially: Tone.low)
    _ = schema.field("padding", count: 59, initially: true)
    let level = schema.field("level", in: -2...levels - 3, initially: -2)
    let flag = schema.field("flag", initially: false)
    let (table, levels) = (self, levels)
    @Sendable func number(_ state: State) -> Int {
      let ordinal = Tone.allCases.firstIndex(of: state[tone, 1]) ?? 0
      return (ordinal * levels + state[level] + 2) * 2 + (state[flag] ? 1 : 0)
    }
    return try Model("random", schema) {
      for a in actions.indices {
        Action(
          "a\(a)", fairness: fairness[a], when: { table.actions[a][number($0)] != nil },
          then: { state in
            let target = table.actions[a][number(state)] ?? 0
            state[flag] = target % 2 == 1
            state[level] = target / 2 % levels - 2
            state[tone, 1] = Tone.allCases[target / 2 / levels]
          })
      }
      for property in ask({ fact in { table.facts[fact][number($0)] } }) { property }
    }
  }

  /// The numbers of the states along a run, by the table alone; nil if it is no run.
  func walk(_ run: Run) -> [Int]? {
    var states = [0]
    for step in run.steps {
      guard let a = Int(step.action.dropFirst()), let last = states.last, let next = actions[a][last] else { return nil }
      states.append(next)
    }
    return states
  }
}

/// Reachability by the book.
struct NaiveReach {
  private(set) var order = [0]
  private(set) var distance = [0: 0]
  private(set) var transitions = 0

  init(_ table: RandomTable) {
    var next = 0
    while next < order.count {
      let state = order[next]
      next += 1
      for target in table.actions.compactMap({ $0[state] }) {
        transitions += 1
        guard distance[target] == nil else { continue }
        distance[target] = (distance[state] ?? 0) + 1
        order.append(target)
      }
    }
  }

  func nearest(_ isWanted: (Int) -> Bool) -> Int? { order.first(where: isWanted).flatMap { distance[$0] } }
}

/// Liveness by the definition: a behaviour remains in some set of states and sees all of them again and again, so try all sets.
struct NaiveBehaviours {
  let table: RandomTable
  /// Where a violation begins, where it may be from then on, and what it has to see again and again.
  var begins: (Int) -> Bool
  var remains: (Int) -> Bool
  var misses: (Int) -> Bool

  /// States after one step that changes something.
  private func next(_ state: Int) -> [Int] { table.actions.compactMap { $0[state] }.filter { $0 != state } }

  private func reached(from start: [Int], within isInside: (Int) -> Bool) -> Set<Int> {
    var (known, open) = (Set(start), start)
    while let state = open.popLast() { for target in next(state) where isInside(target) && known.insert(target).inserted { open.append(target) } }
    return known
  }

  func isViolated(reachable: [Int]) -> Bool {
    let region = reached(from: reachable.filter { begins($0) && remains($0) }, within: remains).sorted()
    return (1..<max(1 << region.count, 1)).contains { bits in
      let set = region.indices.filter { bits >> $0 & 1 == 1 }.map { region[$0] }
      return set.contains(where: misses) && isFair(set, steps: nil)
        && set.allSatisfy { start in reached(from: [start], within: set.contains).count == set.count }
    }
  }

  /// Whether to see these states for ever is fair; by these steps alone, or by all that there are between them.
  func isFair(_ set: [Int], steps: [Int]?) -> Bool {
    zip(table.actions.indices, table.fairness).allSatisfy { a, fairness in
      func isEnabled(_ state: Int) -> Bool { table.actions[a][state].map { $0 != state } ?? false }
      if steps?.contains(a) ?? set.contains(where: { state in isEnabled(state) && set.contains(table.actions[a][state] ?? state) }) { return true }
      return switch fairness {
      case .none: true
      case .weak: set.contains { !isEnabled($0) }
      case .strong: !set.contains(where: isEnabled)
      }
    }
  }

  /// What is wrong with a counterexample; nil if nothing is.
  func fault(in run: Run) -> String? {
    guard let states = table.walk(run) else { return "no run" }
    let turn: Int
    switch run.end {
    case .there: return "no behaviour"
    case .standsStill: turn = run.steps.count
    case .repeats(let from): turn = from
    }
    if states[turn] != states.last { return "does not close" }
    guard let start = states.indices.first(where: { i in begins(states[i]) && states[i...].allSatisfy(remains) }), start <= turn else {
      return "owes nothing"
    }
    let steps = zip(run.steps.indices, run.steps).filter { $0.0 >= turn && states[$0.0] != states[$0.0 + 1] }.compactMap {
      Int($0.1.action.dropFirst())
    }
    if !states[turn...].contains(where: misses) { return "misses nothing" }
    return isFair(Array(states[turn...]), steps: steps) ? nil : "not fair"
  }
}
