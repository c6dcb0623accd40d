import Machine
import Primitives
import Rules

/// An event log, played through the rules alone: no machine, no bytes.
///
/// Where an event does not say which action it was, all that it may have been are kept, each with its world; the log is a path
/// of the rules as long as one is left. Locks, jumps and lines that are passed by are then taken to have happened between the
/// events, because no other system's log has them.
public struct TraceCheck: Sendable {
  public enum Verdict: Sendable {
    case allowed
    case refused(TraceRefusal)
    /// More readings than are kept.
    case ambiguous(line: Int)
  }

  public let log: TraceLog
  public let beginning: TraceBeginning
  public private(set) var verdict = Verdict.allowed
  /// Events that are a path of the rules.
  public private(set) var allowed = 0
  /// Among them those that the rules know nothing of, as shared memory.
  public private(set) var unjudged = 0
  /// What the log says itself that it breaks.
  public private(set) var violations: [(event: Int, property: Property)] = []

  var worlds: [TableWorld]
  let every: [Action]
  /// What may have been done between any two events.
  let unseen: [Action]
  private var counts = (steps: 0, refused: 0, faults: 0)
  static let readingLimit = 256

  public init(_ log: TraceLog, from beginning: TraceBeginning) {
    (self.log, self.beginning) = (log, beginning)
    worlds = beginning.worlds
    every = Action.all(in: beginning.book.bounds, cast: beginning.book.cast)
    unseen = Self.unseen(in: log, beginning.book)
    before = worlds
    readAll()
  }

  private mutating func readAll() {
    var expected = beginning.firstIndex
    for (place, event) in log.events.enumerated() {
      let number = event.index ?? place
      before = worlds
      if let reason = take(event, number) {
        refuse(event.line, number, event, reason)
        return
      }
      if worlds.count > Self.readingLimit {
        verdict = .ambiguous(line: event.line)
        return
      }
      if let index = event.index {
        if let expected, index != expected {
          refuse(event.line, number, event, .outOfOrder(expected: expected, got: index))
          return
        }
        expected = index + 1
      }
      allowed += 1
    }
    guard let result = log.result, let reason = miscount(result.value) else { return }
    before = worlds
    refuse(result.line, (log.events.last?.index ?? log.events.count - 1) + 1, nil, reason)
  }

  /// The worlds before the event that is looked at.
  private var before: [TableWorld]

  private mutating func refuse(_ line: Int, _ number: Int, _ event: TraceEvent?, _ reason: TraceRefusal.Reason) {
    worlds = before
    verdict = .refused(TraceRefusal(line: line, event: number, said: event, reason: reason, possible: possible(insteadOf: event)))
  }

  /// Goes on by one event, or says why not; the worlds are then as they were.
  private mutating func take(_ event: TraceEvent, _ number: Int) -> TraceRefusal.Reason? {
    if isOutsideTheRules(event) {
      unjudged += 1
      count(event.outcome, isRefused: false, isStep: true)
      return nil
    }
    let ready = settled(worlds, passingLines: event.action == nil)
    var taken: [TraceStep] = []
    var seen: Set<TableWorld> = []
    for world in ready {
      guard let candidates = candidates(for: event) else { return .unknownAction(event.action ?? "") }
      for action in candidates {
        guard action.fits(beginning.book.bounds) else { return .outside(event.action ?? "\(action)") }
        // A name is cheaper than an attempt.
        if event.action == nil, beginning.names.name(of: action, in: world, beginning.book).call != event.call { continue }
        let step = TraceStep(action, in: world, beginning)
        if step.disagreement(with: event, beginning) == nil, seen.insert(step.world).inserted { taken.append(step) }
      }
    }
    guard let first = taken.first else { return explain(event, ready) }
    worlds = taken.map(\.world)
    if let property = first.property { violations.append((number, property)) }
    let isWait = first.kind == .refused && first.outcome.refusal?.isBusy == true
    count(first.kind, isRefused: first.law != nil, isStep: !first.name.isBookkeeping && !isWait)
    return nil
  }

  /// Nil where the text is no action. A call names one page; that another is mapped behind it, its action has to say.
  func candidates(for event: TraceEvent) -> [Action]? {
    guard let text = event.action else { return every.filter { if case .mapWrongPage = $0 { false } else { true } } }
    return Action(text).map { [$0] }
  }

  /// The worlds, and those behind what no log of the firmware has.
  /// - Parameter passingLines: and behind locks, jumps and lines that are passed by.
  func settled(_ worlds: [TableWorld], passingLines: Bool) -> [TableWorld] {
    var all = worlds, seen = Set(worlds), next = 0
    while next < all.count, all.count <= Self.readingLimit {
      for task in 0..<Bounds.tasks where passingLines {
        let step = TraceStep(.advance(task: task), in: all[next], beginning)
        if step.name.isBookkeeping, step.outcome == .accepted, seen.insert(step.world).inserted { all.append(step.world) }
      }
      for action in unseen {
        let step = TraceStep(action, in: all[next], beginning)
        if step.outcome == .accepted, seen.insert(step.world).inserted { all.append(step.world) }
      }
      next += 1
    }
    return all
  }

  /// What is done beside the firmware and decides what its calls come to: the function decodes memory, a vCPU is kicked out, the guest
  /// holds evidence against its policy, the VMM is gone and its vCPU with it. A host that is known by the firmware's calls alone does it at any time; a log that
  /// names one of them is taken to tell of it wherever it was done.
  private static func unseen(in log: TraceLog, _ book: Rulebook) -> [Action] {
    guard log.header == nil, book.cast == .untrustedHost else { return [] }
    let told = Set(log.events.map(\.call)), named = Set(log.events.compactMap { $0.action.flatMap { Action($0) } })
    let all =
      (0..<book.bounds.devices).flatMap { d -> [Action] in
        (told.contains(Step.memoryOn.id) ? [] : [.call(.memoryOn, device: d, page: 0)])
          + (told.contains("policy.check") ? [] : [.checkEvidence(device: d)])
      } + (told.contains(Step.kick.id) ? [] : [.call(.kick, device: 0, page: 0)]) + (told.contains("exit") ? [] : [.crashVMM])
    return all.filter { !named.contains($0) }
  }

  /// Shared memory, a policy that says no, messages and packets that were tampered with, a write that VFIO kept or that is at no page of the
  /// interface: a machine notes them, and no rule asks for them.
  private func isOutsideTheRules(_ event: TraceEvent) -> Bool {
    guard event.action == nil else { return false }
    if event.call == Machine.hiddenTouch { return true }
    // What was tampered with and not refused is no path of anything.
    let names = Tampering.allCases.map { "relay \($0.rawValue)" } + LinkTampering.allCases.map { "link \($0.rawValue)" }
    let isTampering = [.refused, .ignored].contains(event.outcome) && names.contains(event.call)
    if isTampering || ([Machine.keptWrite, "policy.check"].contains(event.call) && event.outcome == .refused) {
      return event.object.map { object in beginning.names.devices.contains { TraceObject($0) == TraceObject(object) } } ?? true
    }
    guard event.call == "memory read" || event.call == "memory read (shared)" || event.call == "memory write (shared)" else { return false }
    guard let object = event.object else { return event.call != "memory read" }
    guard case .memory(let base) = TraceObject(object) else { return false }
    return beginning.shape.sharedUnits.contains { [$0.base, $0.base | TraceNames.sharedBit].contains(base) }
  }

  private mutating func count(_ kind: Event.Kind, isRefused: Bool, isStep: Bool) {
    guard isStep else { return }
    counts.steps += 1
    if kind.isRefusal(atGuard: isRefused) { counts.refused += 1 }
    if kind == .fault { counts.faults += 1 }
  }

  /// An event that is gone from the end is missed by nobody else.
  private func miscount(_ result: RecordedResult) -> TraceRefusal.Reason? {
    if let events = result.events, events != log.events.count { return .miscounted("events", log: log.events.count, result: events) }
    if result.steps != counts.steps { return .miscounted("steps", log: counts.steps, result: result.steps) }
    if result.refused != counts.refused { return .miscounted("refusals", log: counts.refused, result: result.refused) }
    if result.faults != counts.faults { return .miscounted("faults", log: counts.faults, result: result.faults) }
    return nil
  }
}
