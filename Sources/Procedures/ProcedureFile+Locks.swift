import Documents
import Rules

/// Locks as a procedure takes and drops them, on all ways through its steps.
extension ProcedureFile {
  /// The `unlock`s that are reached on no way with the lock held. They do nothing, which a procedure under test may want, and whose
  /// author mostly took another lock, or thinks that the caller did: procedures start without any.
  public var uselessUnlocks: [DocumentError] {
    let held = heldLocks()
    return steps.indices.compactMap { i in
      guard let lock = steps[i].lock("unlock "), let before = held[i], !before.contains(lock) else { return nil }
      return DocumentError(
        .contradiction, at: steps[i].position, "\(quoted(steps[i].step.id)) does nothing: no way leads here with that lock held",
        expected: "lock \(lock) before it")
    }
  }

  /// Which locks may be held before each step; nil where no way leads.
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
