import Exploration
import Rules

/// The steps out of a world: every action of the cast is attempted, and what is accepted and changes something leads on.
struct Steps: Sendable {
  let actions: [Action]
  let book: Rulebook
  /// Whether worlds that differ in which task does what count as one.
  let sortsTasks: Bool
  /// Unmaps that an importer was told to do have labels of their own, from this one on, where promises are asked.
  let firstToldLabel: Int?
  /// The actions by which somebody enters a procedure.
  private let requests: Range<Int>

  init(_ actions: [Action], _ book: Rulebook, sortsTasks: Bool, tellsUnmapsApart: Bool) {
    (self.actions, self.book, self.sortsTasks) = (actions, book, sortsTasks)
    firstToldLabel = tellsUnmapsApart ? actions.count : nil
    let first = actions.firstIndex(where: \.isRequest) ?? 0
    requests = first..<(actions[first...].firstIndex { !$0.isRequest } ?? actions.endIndex)
  }

  /// The label of action `i`, performed in this world.
  @inline(__always) func label(of i: Int, in world: borrowing some Stage) -> UInt32 {
    guard let firstToldLabel, case .unmap(let importer) = actions[i], world.flag(.importerIsInvalidated, importer) else {
      return UInt32(truncatingIfNeeded: i)
    }
    return UInt32(truncatingIfNeeded: firstToldLabel &+ Int(importer))
  }

  /// Appends the successors of a state by attempting everything.
  func append(_ words: UnsafePointer<UInt64>, _ width: Int, to successors: inout Successors) {
    let state = PackedWorld(words, width)
    append(actions.indices, state, to: &successors)
  }

  /// Appends what some of the actions lead to.
  func append(_ some: Range<Int>, _ state: PackedWorld, to successors: inout Successors) {
    // Without an idle task nobody can enter a procedure: a third of all attempts need not be made.
    let skipped = state.isIdle(0) || state.isIdle(1) ? 0..<0 : requests
    // A refused attempt leaves the world as it was (a test holds every rule to that), so the copy is renewed only after an
    // accepted one.
    var next = state
    for i in some where !skipped.contains(i) {
      let label = label(of: i, in: state)
      let outcome = next.perform(actions[i], book)
      if case .refused = outcome { continue }
      // A look that changes nothing leads nowhere new.
      if next != state || outcome.isViolation {
        // A search may go on behind what broke: that world, too, is the one of its kind.
        if sortsTasks { _ = next.sortTasks(devices: book.bounds.devices) }
        successors.append(next.words, label: label, verdict: outcome.verdict)
      }
      next = state
    }
  }
}

extension Outcome {
  /// As the engine has it: zero, or one more than the code of the property that the step broke.
  @inline(__always) var verdict: UInt8 { violated.map { $0.code + 1 } ?? 0 }
}

extension Action {
  var isRequest: Bool { if case .request = self { true } else { false } }
}
