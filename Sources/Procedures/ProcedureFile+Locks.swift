import Rules

/// Locks as a procedure takes and drops them, on all ways through its steps.
extension ProcedureFile {
  /// Which locks may be held before each step; nil where no way leads. A procedure starts without any.
  public func heldLocks() -> [Set<String>?] {
    var held: [Set<String>?] = Array(repeating: nil, count: steps.count)
    var waiting: [(Int, Set<String>)] = [(0, [])]
    while let (i, locks) = waiting.popLast() {
      guard steps.indices.contains(i) else { continue }
      let known = held[i] ?? []
      // Every pass adds a lock to a step or ends; there are four locks.
      if held[i] != nil, locks.isSubset(of: known) { continue }
      let before = known.union(locks)
      held[i] = before
      let step = steps[i]
      var after = before
      if let lock = step.lock("lock ") { after.insert(lock) }
      if let lock = step.lock("unlock ") { after.remove(lock) }
      for way in ways(from: i) { waiting.append((way.end, way.isPerformed ? after : before)) }
    }
    return held
  }
}

extension WrittenStep {
  /// `memory` of `lock memory`.
  fileprivate func lock(_ verb: String) -> String? { step.id.hasPrefix(verb) ? String(step.id.dropFirst(verb.count)) : nil }
}
