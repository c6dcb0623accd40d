import Primitives
import Rules

/// How a procedure ended.
public enum RunEnd: Hashable, Sendable {
  case completed
  /// The caller got an error: the last step that was refused.
  case failed(Guard)
  /// It never began.
  case refused(Guard)
  /// It waits, and nobody can do anything about it.
  case hangs(Step)
  case violated(Property)
}

/// A procedure's run: how it ended, what was refused on the way, which events are its own and others' meanwhile.
public struct RunReport: Hashable, Sendable {
  public let end: RunEnd
  public let failures: [Guard]
  public let events: Range<Int>
  public var isComplete: Bool { end == .completed }
}

extension Machine {
  /// Starts a procedure. The task that is inside it now, or nil with the refusal in the last event.
  public func begin(_ procedure: Procedure, _ d: UInt8 = 0, page p: UInt8 = 0) -> UInt8? {
    let idle: UInt8? = world.isIdle(0) ? 0 : world.isIdle(1) ? 1 : nil
    let answer = attempt(.request(procedure, device: d, page: p))
    return answer.outcome.changesTheWorld ? idle : nil
  }

  /// Walks a procedure to its end. Where it waits, others move: importers that were told to let go, the guest's access, the
  /// other task; in an order that the seed decides.
  @discardableResult
  public func run(_ procedure: Procedure, _ d: UInt8 = 0, page p: UInt8 = 0) -> RunReport {
    let first = events.count
    guard let task = begin(procedure, d, page: p) else {
      let why = events.last?.guardID.flatMap { Guard(id: $0) } ?? .notNow
      return RunReport(end: .refused(why), failures: [], events: first..<events.count)
    }
    return finish(task, from: first)
  }

  /// Walks a task that is inside a procedure to its end.
  @discardableResult
  public func finish(_ task: UInt8) -> RunReport { finish(task, from: events.count) }

  private func finish(_ task: UInt8, from first: Int) -> RunReport {
    var failures: [Guard] = []
    var last: RunEnd = .completed
    // At most this many moves, the task's own and others', then it is going round in circles.
    var left = Self.patience
    while left > 0 {
      left -= 1
      if world.isIdle(task) { return RunReport(end: last, failures: failures, events: first..<events.count) }
      let step = world.pendingStep(of: task, book)?.step ?? .nothing
      guard would(.advance(task: task)) else {
        attempt(.advance(task: task))
        guard letOthersMove(than: task) else {
          return RunReport(end: .hangs(step), failures: failures, events: first..<events.count)
        }
        // One refusal is logged for a wait, however long it lasts.
        while left > 0, !would(.advance(task: task)) {
          left -= 1
          guard letOthersMove(than: task) else {
            return RunReport(end: .hangs(step), failures: failures, events: first..<events.count)
          }
        }
        continue
      }
      switch attempt(.advance(task: task)).outcome {
      case .accepted: last = step == .fail ? .failed(failures.last ?? .notNow) : .completed
      case .refused(let why), .failed(let why):
        failures.append(why)
        last = .failed(why)
      case .violated(let property): return RunReport(end: .violated(property), failures: failures, events: first..<events.count)
      }
    }
    let step = world.pendingStep(of: task, book)?.step ?? .nothing
    return RunReport(end: .hangs(step), failures: failures, events: first..<events.count)
  }

  static var patience: Int { 4096 }

  /// One move of somebody else that may end a wait. False when there is none.
  func letOthersMove(than task: UInt8) -> Bool {
    var moves: [Action] = []
    for i in 0..<book.bounds.importers {
      if world.flag(.importerIsUsing, i) { moves.append(.finish(importer: i)) }
      if world.flag(.importerIsInvalidated, i) { moves.append(.unmap(importer: i)) }
    }
    if world.accessKind != .none { moves.append(.endAccess) }
    let other: UInt8 = task == 0 ? 1 : 0
    if !world.isIdle(other) { moves.append(.advance(task: other)) }
    moves.shuffle(using: &random)
    for move in moves where would(move) {
      attempt(move)
      return true
    }
    return false
  }

  /// Executes bare actions, as a counterexample or a log has them. Stops at the first that breaks a property.
  @discardableResult
  public func replay(_ actions: [Action]) -> [Event] {
    let first = events.count
    for action in actions {
      attempt(action)
      if violation != nil { break }
    }
    return Array(events[first...])
  }
}
