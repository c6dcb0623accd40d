/// How locks are taken, dropped and waited for.
extension Stage {
  @inlinable mutating func lock(_ field: Field, _ index: Int, by task: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.lockFree, self[field, index] == 0) else { return .refused(.lockFree) }
    self[field, index] = UInt16(task) &+ 1
    return .accepted
  }

  @inlinable mutating func unlock(_ field: Field, _ index: Int, by task: UInt8, _ book: borrowing Rulebook) -> Outcome {
    // Where nobody asks, nothing is taken from the holder.
    let isHeld = self[field, index] == UInt16(task) &+ 1
    if isHeld { self[field, index] = 0 }
    return book.accepted(unless: !isHeld, .unheldUnlock)
  }

  /// Whether nothing that anybody still has to do lets the waiting task go on: importers that were told finish and let go, an access
  /// ends, the other task walks. While that can walk nothing is decided. Nobody has to carry a message that was left behind.
  @inlinable func waitsForEver(_ task: UInt8, _ book: borrowing Rulebook) -> Bool {
    let other: UInt8 = task == 0 ? 1 : 0
    if !isIdle(other), canAdvance(other, book) { return false }
    var world = self
    for i in 0..<book.bounds.importers {
      _ = world.finish(i)
      if world.flag(.importerIsInvalidated, i) { _ = world.unmapBuffer(i, book) }
    }
    _ = world.endAccess()
    return !world.canAdvance(task, book) && (isIdle(other) || !world.canAdvance(other, book))
  }

  /// Whether the task's next step is more than another wait. Nothing happens.
  @inlinable func canAdvance(_ task: UInt8, _ book: borrowing Rulebook) -> Bool {
    let line = book.playbook[self[.taskPosition, Int(task)]]
    guard let cursor = cursor(of: task, at: line, book) else { return true }
    var probe = self
    let outcome = probe.run(line.step, task: task, UInt8(truncatingIfNeeded: self[.taskDevice, Int(task)]), cursor, book)
    if case .refused = outcome { return line.onward(after: outcome) != nil }
    return true
  }

  @inlinable func holdsAnyLock(_ task: UInt8, _ book: borrowing Rulebook) -> Bool {
    for d in 0..<Int(book.bounds.devices) where holds(anyOf: .all, task, d) { return true }
    return false
  }
}
