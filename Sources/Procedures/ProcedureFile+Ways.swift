import Documents
import Rules

/// A way from one step to the next: by its index, that of no step where the procedure ends.
struct Way: Hashable {
  let end: Int
  /// The step was performed; otherwise its condition did not hold, or it was refused.
  var isPerformed = true
}

/// Which step may follow which, whatever the world is like.
extension ProcedureFile {
  func ways(from i: Int) -> [Way] {
    let step = steps[i], next = i + 1, over = steps.count
    var ways: [Way] = []
    switch step.step {
    case .jump: ways.append(Way(end: step.target.flatMap { index(of: $0) } ?? over))
    case .fail: ways.append(Way(end: over))
    default: ways.append(Way(end: next))
    }
    if step.condition != .always { ways.append(Way(end: next, isPerformed: false)) }
    if !step.step.isFlow {
      switch step.error.policy {
      case .abandon: ways.append(Way(end: over, isPerformed: false))
      case .ignore, .kill: ways.append(Way(end: next, isPerformed: false))
      case .jump, .retry: break
      }
    }
    if step.busy.policy == .abandon { ways.append(Way(end: over, isPerformed: false)) }
    for name in [step.busy.target, step.error.target] {
      if let name, let target = index(of: name) { ways.append(Way(end: target, isPerformed: false)) }
    }
    return ways
  }

  /// The steps from which no way leads out: whoever comes there goes round for ever.
  var endlessSteps: Set<Int> {
    let onward = steps.indices.map { ways(from: $0).map(\.end) }
    var ends = Set<Int>(), grown = true
    // Every round but the last adds a step.
    while grown {
      grown = false
      for i in steps.indices where !ends.contains(i) && onward[i].contains(where: { $0 >= steps.count || ends.contains($0) }) {
        ends.insert(i)
        grown = true
      }
    }
    return Set(steps.indices).subtracting(ends)
  }
}
