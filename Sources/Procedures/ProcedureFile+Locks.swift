import Documents
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

  /// Steps that ask something and act on it while no lock is held. Here that is one step; in a kernel it is two, and what was asked may have
  /// changed between them. Of guest memory each unit has its own.
  public var unlockedDecisions: [DocumentError] {
    let held = heldLocks()
    return steps.indices.compactMap { i in
      let step = steps[i]
      guard held[i]?.isEmpty == true, step.condition != .always, step.condition.subject != .memory, !step.step.isFlow, step.step != .fail else {
        return nil
      }
      return DocumentError(
        .contradiction, at: step.position, "\(step.step.id) asks \(quoted(step.condition.id)) and acts in one step, and no lock is held here",
        expected: "a lock around both, or a jump with the condition, and the step behind it")
    }
  }

  /// In which order everybody takes them; docs/files.md, "A procedure starts without any lock".
  private static let order = ["device-set", "tsm", "memory", "reservation"]

  /// Locks that are taken while one is held that comes after them. Two who do it in both orders wait for each other; that a model shows it
  /// takes two who are there at the same time, and the other may be somebody whom no model has.
  public var locksOutOfOrder: [DocumentError] {
    let held = heldLocks()
    return steps.indices.compactMap { i in
      guard let lock = steps[i].lock("lock "), let place = Self.order.firstIndex(of: lock) else { return nil }
      guard let later = Self.order[(place + 1)...].first(where: { held[i]?.contains($0) == true }) else { return nil }
      return DocumentError(
        .contradiction, at: steps[i].position, "\(quoted(steps[i].step.id)) is out of order: \(later) may be held here",
        expected: "locks in the order " + Self.order.joined(separator: ", "))
    }
  }
}

extension WrittenStep {
  /// `memory` of `lock memory`.
  fileprivate func lock(_ verb: String) -> String? { step.id.hasPrefix(verb) ? String(step.id.dropFirst(verb.count)) : nil }
}
