import Exploration

/// The same search with sets and arrays of arrays, written to be obviously right: the judge of the engine.
struct NaiveSearch {
  struct Candidate {
    var property: UInt8
    var kind: Violation.Kind
    var path: [UInt32]
  }

  private(set) var states: [[UInt64]] = []
  private(set) var transitions: UInt64 = 0
  private(set) var depth = 0
  private(set) var fired: [UInt64]
  private(set) var candidates: [Candidate] = []
  private var paths: [[UInt64]: [UInt32]] = [:]

  init(_ system: TransitionSystem) {
    fired = Array(repeating: 0, count: system.labelCount)
    visit(system.initial, [], system)
    var next = 0
    while next < states.count {
      let state = states[next]
      let path = paths[state] ?? []
      next += 1
      depth = max(depth, path.count)
      let steps = successors(of: state, system)
      if steps.isEmpty { judge(state, path, .quiescence, system.quiescent) }
      for step in steps {
        transitions += 1
        fired[Int(step.label)] += 1
        if step.verdict != 0 { candidates.append(Candidate(property: step.verdict, kind: .step, path: path + [step.label])) }
        visit(step.words, path + [step.label], system)
      }
    }
  }

  /// A violation that no other is shorter than; the first in the order of the search.
  var first: Candidate? { candidates.min { $0.path.count < $1.path.count } }
  func first(of property: UInt8) -> Candidate? {
    candidates.filter { $0.property == property }.min { $0.path.count < $1.path.count }
  }

  private mutating func visit(_ state: [UInt64], _ path: [UInt32], _ system: TransitionSystem) {
    guard paths[state] == nil else { return }
    paths[state] = path
    states.append(state)
    judge(state, path, .state, system.check)
  }

  private mutating func judge(
    _ state: [UInt64], _ path: [UInt32], _ kind: Violation.Kind, _ judge: TransitionSystem.Judge?
  ) {
    let verdict = state.withUnsafeBufferPointer { words in words.baseAddress.flatMap { judge?($0) } ?? 0 }
    if verdict != 0 { candidates.append(Candidate(property: verdict, kind: kind, path: path)) }
  }
}

struct Step: Equatable {
  var words: [UInt64]
  var label: UInt32
  var verdict: UInt8
}

func successors(of state: [UInt64], _ system: TransitionSystem) -> [Step] {
  var buffer = Successors(width: system.width, capacity: 1)
  state.withUnsafeBufferPointer { words in
    if let base = words.baseAddress { system.expand(base, &buffer) }
  }
  return (0..<buffer.count).map { i in
    let words = Array(UnsafeBufferPointer(start: buffer.words(at: i), count: system.width))
    return Step(words: words, label: buffer.label(at: i), verdict: buffer.verdict(at: i))
  }
}

/// The states along a path, by the labels alone; nil where a label does not lead on.
func walk(_ path: [UInt32], _ system: TransitionSystem) -> [UInt64]? {
  var state = system.initial
  for label in path {
    guard let step = successors(of: state, system).first(where: { $0.label == label }) else { return nil }
    state = step.words
  }
  return state
}

func explore(_ system: TransitionSystem, _ options: SearchOptions = SearchOptions()) throws -> SearchReport {
  var explorer = try Explorer(system, options: options)
  return explorer.run()
}

/// The engine and the naive search agree on everything that both know.
func agree(_ report: SearchReport, _ naive: NaiveSearch) -> Bool {
  report.states == naive.states.count && report.transitions == naive.transitions && report.depth == naive.depth
    && report.firedLabels == naive.fired && report.end == .exhausted
}
