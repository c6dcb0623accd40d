/// Explores a transition system breadth first, level by level, and keeps every state it reached.
///
/// States are numbered in the order in which they are found; the initial one is 0. That order, and with it every count
/// and every path, is a function of the system and the limits alone: threads change how long it takes and nothing else.
public struct Explorer: ~Copyable {
  let system: TransitionSystem
  let options: SearchOptions
  let liveness: Liveness?
  let workers: Workers
  var store: StateStore
  var tally: Tally
  /// The number of the first state of each level that was entered.
  var levels = [0]
  /// The next state to expand.
  var head = 0
  var findings: [Finding] = []
  var end: SearchReport.End?
  /// What was found about infinite behaviours, once it was looked for.
  var judgement: LivenessReport?

  /// Reserves address space; explores nothing yet.
  /// - Parameter liveness: what is asked of infinite behaviours. Nothing costs nothing.
  public init(
    _ system: TransitionSystem, options: SearchOptions = SearchOptions(), liveness: Liveness? = nil
  ) throws(SearchError) {
    let store = try Self.reserve(system, options)
    try liveness?.validate(labelCount: system.labelCount)
    self.init(store: store, system, options, liveness)
  }

  private init(store: consuming StateStore, _ system: TransitionSystem, _ options: SearchOptions, _ liveness: Liveness?) {
    self.store = store
    self.system = system
    self.options = options
    self.liveness = liveness
    workers = Workers(system, threads: options.threads)
    tally = Tally(labelCount: system.labelCount)
  }

  private static func reserve(_ system: TransitionSystem, _ options: SearchOptions) throws(SearchError) -> StateStore {
    guard (1...TransitionSystem.maximumWidth).contains(system.width) else { throw .width(system.width) }
    guard system.initial.count == system.width else {
      throw .initialState(words: system.initial.count, width: system.width)
    }
    guard (1...256).contains(options.threads) else { throw .threads(options.threads) }
    guard (0...1 << 24).contains(system.labelCount) else { throw .bound("labelCount", system.labelCount) }
    if let limit = options.limit, limit < 1 { throw .bound("limit", limit) }
    if let memory = options.memory, memory < 0 { throw .bound("memory", memory) }
    return try StateStore(width: system.width, limit: options.limit, memory: options.memory)
  }

  /// Explores until every state was expanded, a violation or a bound was met. A second call gives the same report.
  public mutating func run() -> SearchReport {
    if end == nil {
      end = start() ? search() : end
      if stopsAtFirst, !findings.isEmpty { end = .stoppedAtViolation }
      judgement = liveness.map { judge($0) }
    }
    return report()
  }

  var stopsAtFirst: Bool { options.stopAtFirst }
  var width: Int { system.width }
  /// Distance of the states that are being expanded.
  var depth: Int { levels.count - 1 }

  /// How many states are stored.
  public var stateCount: Int { store.count }

  /// Calls `body` with the words of state `index` (0..<stateCount).
  public borrowing func withState<Result>(_ index: Int, _ body: (UnsafePointer<UInt64>) throws -> Result) rethrows -> Result {
    precondition(index >= 0 && index < store.count, "no such state")
    return try body(store.state(index, width))
  }

  /// The state from which state `index` was found first; nil for the initial one.
  public borrowing func parent(of index: Int) -> Int? {
    precondition(index >= 0 && index < store.count, "no such state")
    return index == 0 ? nil : Int(store.parent[index])
  }

  /// Stores the initial state. False when the search is over with that.
  private mutating func start() -> Bool {
    let initial = system.initial
    return initial.withUnsafeBufferPointer { words in
      guard let base = words.baseAddress else { return false }
      if store.insert(base, hash: hash(base, width), width, parent: 0) == .refused {
        end = .incomplete(store.refusal)
        return false
      }
      let verdict = system.check?(base) ?? 0
      return verdict == 0 || note(Finding(property: verdict, kind: .state, from: 0, label: nil, length: 0, words: initial))
    }
  }

  /// Level by level, in slices: between two of them there is time for the caller's questions.
  private mutating func search() -> SearchReport.End {
    var flock = Flock(system)
    let workshop = options.threads > 1 ? Workshop(system, threads: options.threads) : nil
    defer { workshop?.close() }
    var announced = store.count >> 18
    while head < store.count {
      let levelEnd = store.count
      if head > 0 { levels.append(head) }
      while head < levelEnd {
        guard expandSlice(upTo: levelEnd, workshop, &flock) else {
          preferQuiescence(upTo: levelEnd, &flock.successors)
          return end ?? .stoppedAtViolation
        }
        if options.interrupt?() == true { return .incomplete(.interrupted) }
        if store.count >> 18 != announced {
          announced = store.count >> 18
          options.progress?(progress)
        }
      }
    }
    return .exhausted
  }

  /// Expands some states of a level that ends at `levelEnd`; few of them are not worth waking anybody.
  private mutating func expandSlice(upTo levelEnd: Int, _ workshop: Workshop?, _ flock: inout Flock) -> Bool {
    if let workshop, let batch = workshop.batch(levelEnd - head, store) { return expandBatch(upTo: head + batch, workshop, &flock) }
    return expandDirectly(upTo: min(levelEnd, head + 4096), &flock)
  }

  private var progress: SearchProgress {
    SearchProgress(
      states: store.count, transitions: tally.transitions, depth: depth, frontier: store.count - head, load: store.load,
      bytes: store.bytes)
  }
}
