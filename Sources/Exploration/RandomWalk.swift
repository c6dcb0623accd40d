import Primitives

/// Walks through a system at random, for worlds too large to be explored. What it finds is a path like any other, shortened but
/// not shortest. That it finds nothing says little: its report never reads as exhaustive.
///
/// Everything is a function of the system, the number of walks, their patience and the seed.
public struct RandomWalk {
  let system: TransitionSystem
  let walks: Int
  let patience: Int
  let seed: UInt64
  /// Asked between two walks; true ends them as interrupted.
  public var interrupt: (() -> Bool)?

  /// - Parameters:
  ///   - walks: how many, each from the initial state; at least 1.
  ///   - patience: steps after which a walk begins again; at least 1.
  public init(_ system: TransitionSystem, walks: Int, patience: Int = 512, seed: UInt64) throws(SearchError) {
    guard (1...TransitionSystem.maximumWidth).contains(system.width) else { throw .width(system.width) }
    guard system.initial.count == system.width else { throw .initialState(words: system.initial.count, width: system.width) }
    guard walks > 0 else { throw .bound("walks", walks) }
    guard patience > 0 else { throw .bound("patience", patience) }
    (self.system, self.walks, self.patience, self.seed) = (system, walks, patience, seed)
  }

  /// Walks until something is violated or all walks are done. `states` counts visits, not different states.
  public func run() -> SearchReport {
    var random = SeededRandom(seed: seed)
    var successors = Successors(width: system.width)
    var report = SearchReport(
      end: .incomplete(.randomWalk), violations: [], states: 0, transitions: 0, depth: 0, peakBytes: 0, width: system.width,
      firedLabels: Array(repeating: 0, count: system.labelCount), unlistedLabels: 0)
    for _ in 0..<walks {
      if interrupt?() == true {
        report.end = .incomplete(.interrupted)
        return report
      }
      guard let found = walk(&random, &successors, &report) else { continue }
      report.violations = [shortened(found, &successors)]
      report.end = .stoppedAtViolation
      return report
    }
    return report
  }

  private func walk(_ random: inout SeededRandom, _ successors: inout Successors, _ report: inout SearchReport) -> Violation? {
    var state = system.initial, path: [UInt32] = []
    // Each walk has its own leaning: some steps it takes only where there are no others. Walks that treat all steps alike end,
    // nearly all of them, where the most destructive one ends.
    let weights = (0..<system.labelCount).map { _ in Self.weights[Int(random.next(upperBound: UInt64(Self.weights.count)))] }
    report.states += 1
    if let property = verdict(on: state) { return Violation(property: property, kind: .state, path: [], state: state) }
    while path.count < patience {
      expand(state, &successors)
      report.transitions += UInt64(successors.count)
      guard !successors.isEmpty else { return atEnd(state, path) }
      let index = pick(weights, successors, &random)
      let label = successors.label(at: index)
      if Int(label) < report.firedLabels.count { report.firedLabels[Int(label)] += 1 } else { report.unlistedLabels += 1 }
      path.append(label)
      report.states += 1
      report.depth = max(report.depth, path.count)
      if let found = arrive(at: index, &state, path, successors) { return found }
    }
    return nil
  }

  private static let weights: [UInt64] = [0, 0, 1, 4]

  private func pick(_ weights: [UInt64], _ successors: borrowing Successors, _ random: inout SeededRandom) -> Int {
    var total: UInt64 = 0
    for i in 0..<successors.count { total += weight(of: successors.label(at: i), weights) }
    guard total > 0 else { return Int(random.next(upperBound: UInt64(successors.count))) }
    var left = random.next(upperBound: total)
    for i in 0..<successors.count {
      let weight = weight(of: successors.label(at: i), weights)
      if left < weight { return i }
      left -= weight
    }
    return successors.count - 1
  }

  private func weight(of label: UInt32, _ weights: [UInt64]) -> UInt64 { Int(label) < weights.count ? weights[Int(label)] : 1 }

  /// Takes a successor for the next state. What the step or the state violates, if it does.
  private func arrive(at index: Int, _ state: inout [UInt64], _ path: [UInt32], _ successors: borrowing Successors) -> Violation? {
    state = Array(UnsafeBufferPointer(start: successors.words(at: index), count: system.width))
    let verdict = successors.verdict(at: index)
    if verdict != 0 { return Violation(property: verdict, kind: .step, path: path, state: state) }
    return self.verdict(on: state).map { Violation(property: $0, kind: .state, path: path, state: state) }
  }

  private func atEnd(_ state: [UInt64], _ path: [UInt32]) -> Violation? {
    let property = state.withUnsafeBufferPointer { words in words.baseAddress.flatMap { system.quiescent?($0) } } ?? 0
    return property == 0 ? nil : Violation(property: property, kind: .quiescence, path: path, state: state)
  }

  private func verdict(on state: [UInt64]) -> UInt8? {
    let property = state.withUnsafeBufferPointer { words in words.baseAddress.flatMap { system.check?($0) } } ?? 0
    return property == 0 ? nil : property
  }

  private func expand(_ state: [UInt64], _ successors: inout Successors) {
    successors.removeAll()
    state.withUnsafeBufferPointer { words in if let base = words.baseAddress { system.expand(base, &successors) } }
  }

  /// Leaves out whatever the violation does not need: halves first, then ever smaller pieces, single steps last.
  private func shortened(_ found: Violation, _ successors: inout Successors) -> Violation {
    var best = found
    var piece = max(found.path.count / 2, 1)
    while piece >= 1 {
      var at = 0
      while at < best.path.count {
        var path = best.path
        path.removeSubrange(at..<min(at + piece, path.count))
        if let shorter = follow(path, to: best.property, &successors) { best = shorter } else { at += piece }
      }
      piece /= 2
    }
    return best
  }

  /// The violation of `property` that the labels lead to, at the earliest; nil where a label leads nowhere or elsewhere.
  private func follow(_ labels: [UInt32], to property: UInt8, _ successors: inout Successors) -> Violation? {
    var state = system.initial, path: [UInt32] = []
    if let broken = verdict(on: state) { return broken == property ? Violation(property: broken, kind: .state, path: [], state: state) : nil }
    for label in labels {
      expand(state, &successors)
      guard let index = (0..<successors.count).first(where: { successors.label(at: $0) == label }) else { return nil }
      path.append(label)
      if let found = arrive(at: index, &state, path, successors) { return found.property == property ? found : nil }
    }
    expand(state, &successors)
    guard successors.isEmpty, let found = atEnd(state, path) else { return nil }
    return found.property == property ? found : nil
  }
}
