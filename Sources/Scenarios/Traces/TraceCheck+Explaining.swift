import Machine
import Primitives
import Rules

extension TraceCheck {
  /// Why none of the readings fits. What ends so, with another code, is nearest; what a guard says comes next.
  func explain(_ event: TraceEvent, _ worlds: [TableWorld]) -> TraceRefusal.Reason {
    guard let candidates = candidates(for: event) else { return .unknownAction(event.action ?? "") }
    var best: (rank: Int, reason: TraceRefusal.Reason)?
    for world in mostSettledFirst(worlds) {
      for action in candidates {
        let step = TraceStep(action, in: world, beginning)
        guard event.action != nil || step.name.call == event.call, let reason = step.disagreement(with: event, beginning) else { continue }
        var rank = step.kind == event.outcome && reason.word == "outcome" ? 1 : Self.rank(reason)
        // What only a world would say that hardly is the log's says less than anything else.
        if rank > 0, !isUsual(world) { rank += 10 }
        if best.map({ rank < $0.rank }) ?? true { best = (rank, reason) }
      }
    }
    if let best { return best.reason }
    let known = knownCalls(worlds)
    guard known.contains(event.call) else { return .unknownCall(event.call, nearest: nearestWord(to: event.call, among: known)) }
    return .nobody(event.call, directRefusal(of: event, worlds))
  }

  /// What is taken to have been done unseen is no reason: of the worlds behind it the last has the most of it. That there was no VM yet, or
  /// no VMM any more, is thought of last.
  private func mostSettledFirst(_ worlds: [TableWorld]) -> [TableWorld] {
    guard !unseen.isEmpty else { return worlds }
    let latest = worlds.reversed()
    return latest.filter(isUsual) + latest.filter { !isUsual($0) }
  }

  private func isUsual(_ world: TableWorld) -> Bool { world.flag(.vmmIsAlive) && world.vmLife == .runnable }

  /// How far from an event a reading is. One that agrees but for a stored value is next to it.
  private static func rank(_ reason: TraceRefusal.Reason) -> Int {
    switch reason {
    case .refused(.notNow): 5
    case .refused: 2
    case .breaks: 3
    case .otherOutcome: 4
    default: reason.word == "change" ? 0 : 6
    }
  }

  /// What anybody ever does, whoever takes part here.
  private func knownCalls(_ worlds: [TableWorld]) -> [String] {
    guard let world = worlds.first else { return [] }
    var book = beginning.book
    book.bounds.importers = max(1, book.bounds.importers)
    let own = beginning.names, importers = own.importers.isEmpty ? [nil] : own.importers
    let all = ActionNames(devices: own.devices, pages: own.pages, units: own.units, importers: importers)
    let names = Cast.allCases.flatMap { cast in
      // What a task does next are steps, which come below.
      Action.all(in: book.bounds, cast: cast).filter { if case .advance = $0 { false } else { true } }.map { all.name(of: $0, in: world, book).call }
    }
    return names + Procedure.allCases.dropFirst().map(\.id) + Step.allCases.map(\.id) + Step.allCases.map { "pass \($0.id)" } + ["idle"]
  }

  /// What a step that nobody stands before is told when it is asked for directly.
  private func directRefusal(of event: TraceEvent, _ worlds: [TableWorld]) -> Guard? {
    guard let step = Step(id: event.call), !step.isFlow, step != .fail else { return nil }
    var book = beginning.book
    book.cast = .untrustedHost
    for world in worlds {
      for d in 0..<book.bounds.devices {
        for p in 0..<max(1, min(step.cursorEnd(book.bounds), max(book.bounds.pages, book.bounds.memory))) {
          let action = Action.call(step, device: d, page: p)
          let object = beginning.names.name(of: action, in: world, book).object
          guard action.fits(book.bounds), event.object == nil || event.object == object else { continue }
          var draft = world
          if case .refused(let why) = draft.perform(action, book), why != .notNow { return why }
        }
      }
    }
    return nil
  }

  /// What the rules would have accepted: the same call on something else first, then the tasks' next steps, then everybody else's.
  func possible(insteadOf event: TraceEvent?) -> [TraceRefusal.Possible] {
    var found: [TraceRefusal.Possible] = []
    var seen: Set<ActionName> = []
    for world in settled(worlds, passingLines: event?.action == nil).prefix(16) {
      for action in every where action != .misbehave && !unseen.contains(action) {
        let step = TraceStep(action, in: world, beginning)
        guard step.changesTheWorld, seen.insert(step.name).inserted else { continue }
        found.append(TraceRefusal.Possible(action: action, name: step.name, breaks: step.property))
      }
    }
    func rank(_ possible: TraceRefusal.Possible) -> Int {
      if possible.name.call == event?.call { return 0 }
      switch possible.action {
      case .advance: return 1
      case .call: return 2
      case .request: return 3
      case .crashVMM, .streamInsecure: return 4
      case .hostReads, .hostWrites, .peerTouches, .peerTouchesPage, .hostTouchesPage, .foreignBind, .cycleBusMaster, .setInterrupts,
        .spoilMailbox:
        return 4
      default: return 2
      }
    }
    return found.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
  }
}
