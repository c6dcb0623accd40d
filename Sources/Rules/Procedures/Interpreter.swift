/// Procedures, walked a step at a time: the machine loops until its tasks are idle, the explorer makes a step one action among others.
extension Stage {
  /// A task is inside a procedure of device `d`.
  @inlinable public func isBusy(_ d: UInt8) -> Bool {
    for t in 0..<Bounds.tasks where !isIdle(t) && self[.taskDevice, Int(t)] == UInt16(d) { return true }
    return false
  }

  /// A task enters a procedure. `page` is where its cursor starts: the page of a fault.
  @inlinable
  public mutating func start(_ procedure: Procedure, _ d: UInt8, page: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard let task: UInt8 = isIdle(0) ? 0 : isIdle(1) ? 1 : nil else { return .refused(.notNow) }
    let entry = book.playbook.entry(of: procedure)
    guard entry != 0 else { return .refused(.notNow) }
    self[.taskPosition, Int(task)] = entry
    self[.taskDevice, Int(task)] = UInt16(d)
    self[.taskCursor, Int(task)] = UInt16(book.playbook[entry].isRepeated ? 0 : page)
    return book.accepted(unless: book.playbook[entry].isEndless, .deadlock)
  }

  /// Takes the task one step further. Refused: it waits, and nothing changed. Failed: the step was refused and the procedure
  /// goes on as its file says.
  @inlinable public mutating func advance(_ task: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let position = self[.taskPosition, Int(task)]
    guard position != 0 else { return .refused(.notNow) }
    let line = book.playbook[position]
    let d = UInt8(truncatingIfNeeded: self[.taskDevice, Int(task)])
    let end = line.step.cursorEnd(book.bounds)
    guard let cursor = cursor(of: task, at: line, book) else {
      // A page loop that is through starts its successor at the first page; any other line leaves the cursor where it was.
      let kept = line.isRepeated ? 0 : UInt8(truncatingIfNeeded: self[.taskCursor, Int(task)])
      let past = line.step == .jump || line.step == .fail ? following(position &+ 1, line, book) : line.next
      return go(task, Onward(past), cursor: kept, book)
    }

    let wasSo = line.hasPurpose && isFulfilled(line.procedure, by: task, d, book)
    var outcome = run(line.step, task: task, d, cursor, book)
    if line.hasPurpose { noteChange(of: line, by: task, d, from: wasSo, book) }
    if outcome == .accepted, book.breaks(.unlockedStep, lacksLock(for: line, task, Int(d))) { outcome = .violated(.unlockedStep) }
    guard let onward = line.onward(after: outcome) else {
      // What could make a call pass that is tried again is done under the TSM lock: whoever has it waits for itself.
      let isStuck = outcome.refusal?.isBusy == true ? waitsForEver(task, book) : self[.tsmLock, Int(d)] == UInt16(task) &+ 1
      return book.breaks(.deadlock, isStuck) ? .violated(.deadlock) : outcome
    }
    switch outcome {
    case .accepted, .violated:
      if line.isRepeated, cursor &+ 1 < end {
        self[.taskCursor, Int(task)] = UInt16(cursor &+ 1)
        return outcome
      }
      return go(task, from: line, at: cursor, onward, outcome, book)
    case .refused(let why) where why.isBusy: return leave(task, line, at: cursor, onward, .failed(why), book)
    case .refused(let why), .failed(let why): return react(task, to: .failed(why), of: line, at: cursor, onward, end, book)
    }
  }

  /// The task's next step fails and does nothing, for no reason that a rule knows, and the procedure goes on as its file says.
  @inlinable public mutating func failStep(of task: UInt8, in procedure: Procedure, _ book: borrowing Rulebook) -> Outcome {
    let position = self[.taskPosition, Int(task)]
    guard position != 0, book.playbook.isFallible(at: position) else { return .refused(.notNow) }
    let line = book.playbook[position]
    let failure = Outcome.failed(.chance)
    guard line.procedure == procedure, let cursor = cursor(of: task, at: line, book), let onward = line.onward(after: failure) else {
      return .refused(.notNow)
    }
    return react(task, to: failure, of: line, at: cursor, onward, line.step.cursorEnd(book.bounds), book)
  }

  /// The procedure goes on behind a step that was not done.
  @inlinable
  mutating func react(
    _ task: UInt8, to failure: Outcome, of line: PlaybookLine, at cursor: UInt8, _ onward: Onward, _ end: UInt8, _ book: borrowing Rulebook
  ) -> Outcome {
    var result = failure
    switch line.onError {
    case .abandon, .jump: return leave(task, line, at: cursor, onward, failure, book)
    case .ignore, .retry: break
    case .kill:
      if book.parameters.seamcallErrorKillsVM, case .violated(let property) = killVM(book) { result = .violated(property) }
    }
    // What may fail for one page still has to be done for the others.
    if line.isRepeated, cursor &+ 1 < end {
      self[.taskCursor, Int(task)] = UInt16(cursor &+ 1)
      return result
    }
    return go(task, from: line, at: cursor, onward, result, book)
  }

  /// The procedure goes another way for a step that failed.
  @inlinable
  mutating func leave(
    _ task: UInt8, _ line: PlaybookLine, at cursor: UInt8, _ onward: Onward, _ failure: Outcome, _ book: borrowing Rulebook
  ) -> Outcome {
    noteFailure(of: line, by: task)
    return go(task, from: line, at: cursor, onward, failure, book)
  }

  /// What the step itself broke comes first; that it was only refused does not excuse a lock that is left behind.
  @inlinable
  mutating func go(
    _ task: UInt8, from line: PlaybookLine, at cursor: UInt8, _ onward: Onward, _ result: Outcome, _ book: borrowing Rulebook
  ) -> Outcome {
    let moved = go(task, onward, cursor: line.isRepeated ? 0 : cursor, book)
    if case .violated = moved { if case .violated = result { return result } else { return moved } }
    return result
  }

  /// The page (or unit of memory) at which the line is performed now, or nil where its condition leaves nothing to do.
  /// The pages that the condition leaves out take no step of their own.
  @inlinable func cursor(of task: UInt8, at line: PlaybookLine, _ book: borrowing Rulebook) -> UInt8? {
    let d = UInt8(truncatingIfNeeded: self[.taskDevice, Int(task)])
    var cursor = UInt8(truncatingIfNeeded: self[.taskCursor, Int(task)])
    let end = line.step.cursorEnd(book.bounds)
    // A step of pages met with a cursor that is none (a fault's page, in a smaller world) has nothing to do.
    guard line.isRepeated else { return cursor < end && holds(line.condition, d, cursor, book) == line.expects ? cursor : nil }
    while cursor < end, holds(line.condition, d, cursor, book) != line.expects { cursor &+= 1 }
    return cursor < end ? cursor : nil
  }

  /// What the task's next advance performs: for whoever logs it or carries out its effect. Nil when it is idle or passes a line by.
  @inlinable public func pendingStep(of task: UInt8, _ book: borrowing Rulebook) -> PendingStep? {
    let position = self[.taskPosition, Int(task)]
    guard position != 0 else { return nil }
    let line = book.playbook[position]
    guard let cursor = cursor(of: task, at: line, book) else { return nil }
    let d = UInt8(truncatingIfNeeded: self[.taskDevice, Int(task)])
    return PendingStep(step: line.step, procedure: line.procedure, device: d, cursor: cursor)
  }

  /// The guard behind what the action came to in this world: the one that refused it, or at which its step was refused where that
  /// broke a property.
  public func refusal(behind outcome: Outcome, of action: Action, _ book: borrowing Rulebook) -> Guard? {
    guard outcome.isViolation, case .advance(let task) = action, let call = pendingStep(of: task, book) else { return outcome.refusal }
    var copy = self
    return copy.run(call.step, task: task, call.device, call.cursor, book).refusal
  }

  /// A skipped `jump` or `fail` falls through to the line after it, if that is still of the same procedure.
  @inlinable func following(_ position: UInt16, _ line: PlaybookLine, _ book: borrowing Rulebook) -> UInt16 {
    guard position != 0, Int(position) < book.playbook.count, book.playbook[position].procedure == line.procedure else { return 0 }
    return position
  }

  /// A task that returns to its caller with a lock still held blocks everyone who comes after.
  @inlinable mutating func go(_ task: UInt8, _ onward: Onward, cursor: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let line = book.playbook[self[.taskPosition, Int(task)]], d = UInt8(truncatingIfNeeded: self[.taskDevice, Int(task)])
    if line.hasPurpose { noteFound(line.procedure, by: task, d, book) }
    if case .line(let position) = onward {
      self[.taskPosition, Int(task)] = position
      // A loop starts at the first page, whatever page a fault came with.
      self[.taskCursor, Int(task)] = UInt16(book.playbook[position].isRepeated ? 0 : cursor)
      // Whoever goes round for ever waits for nothing that could come; that it holds nothing excuses it from no promise.
      return book.accepted(unless: book.playbook[position].isEndless, .deadlock)
    }
    let lie = lie(of: task, from: line, to: onward, d, book)
    self[.taskPosition, Int(task)] = 0
    self[.taskCursor, Int(task)] = 0
    self[.taskDevice, Int(task)] = 0
    set(.taskHoldsFrame, task, false)
    self[deed: task] = .nothing
    if book.breaks(.deadlock, holdsAnyLock(task, book)) { return .violated(.deadlock) }
    if book.breaks(.notReleased, !hasReleased(line.procedure, d)) { return .violated(.notReleased) }
    if let lie, book.breaks(lie, true) { return .violated(lie) }
    return .accepted
  }

  /// What nobody can refuse: the last close of a device, and the end of a VM that nobody has any more.
  @inlinable func hasReleased(_ procedure: Procedure, _ d: UInt8) -> Bool {
    switch procedure {
    case .close, .vmmCrash: !flag(.isOpen, d)
    case .teardown: vmLife == .released
    default: true
    }
  }
}

/// Where a task goes from a line: on, or out of its procedure.
public enum Onward: Hashable, Sendable {
  case line(UInt16), success, failure

  /// As the playbook has it: 0 is the end, and whoever comes to it reports success.
  @inlinable init(_ position: UInt16) { self = position == 0 ? .success : .line(position) }
}

extension PlaybookLine {
  /// Where its task goes when the line came to this; nil where it stays and tries again.
  @inlinable func onward(after outcome: Outcome) -> Onward? {
    switch outcome {
    case .accepted, .violated: return step == .fail ? .failure : Onward(next)
    case .refused(let why) where why.isBusy, .failed(let why) where why.isBusy:
      switch onBusy {
      case .wait: return nil
      case .abandon: return .failure
      case .jump: return .line(busyTarget)
      }
    case .refused, .failed:
      switch onError {
      case .retry: return nil
      case .abandon: return .failure
      case .jump: return .line(errorTarget)
      case .ignore, .kill: return Onward(next)
      }
    }
  }
}

/// A step that is about to be performed, with what it is performed on.
public struct PendingStep: Hashable, Sendable {
  public let step: Step, procedure: Procedure, device: UInt8, cursor: UInt8

  @inlinable init(step: Step, procedure: Procedure, device: UInt8, cursor: UInt8) {
    (self.step, self.procedure, self.device, self.cursor) = (step, procedure, device, cursor)
  }
}

extension Step {
  /// One past the last cursor that the step can be performed at; beyond any cursor for a step that has none.
  @inlinable public func cursorEnd(_ bounds: Bounds) -> UInt8 {
    switch self {
    case .pageAdd, .pageAug, .rangeBlock, .pageRemove, .pageReclaim: bounds.memory
    case .installShared, .installMirror, .removeMirror, .zapShared, .mmiomtSet, .mmiomtRemove, .mmioMap, .mmioBlock, .mmioUnmap:
      bounds.pages
    default: .max
    }
  }
}
