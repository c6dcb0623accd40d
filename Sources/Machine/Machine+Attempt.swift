import Memory
import Primitives
import Rules
import TEE

extension Machine {
  /// The one door. Refused: an event, and nothing changed. Accepted: the world changes, then bytes move.
  @discardableResult
  public func attempt(_ action: Action, _ detail: Detail = Detail()) -> Attempt {
    guard action.fits(book.bounds) else {
      var event = self.event(for: action)
      event.args.append(Event.Argument("error", "outside the machine"))
      return finish(event, .refused(.notNow), Observation(), [])
    }
    var step: PendingStep?
    if case .advance(let task) = action { step = world.pendingStep(of: task, book) }
    let pending = step.map { StepCall(step: $0.step, device: $0.device, cursor: $0.cursor) }
    var event = self.event(for: action)
    if let note = detail.note { event.args.append(Event.Argument("note", note)) }

    var draft = world
    var outcome = draft.perform(action, book)
    guard outcome.changesTheWorld else { return finish(event, outcome, observeRefusal(of: action, outcome, detail), []) }

    let refusal = world.refusal(behind: outcome, of: action, book)
    let changes = draft.takeJournal()
    let effect = Effect(changes: changes, before: world, after: draft, law: book.law)
    world = draft
    var observation = Observation()
    do throws(MemoryError) {
      observation = try perform(action, pending, effect, detail, outcome)
    } catch {
      troubles.append("event \(event.index), \(action): \(error)")
    }
    module.prefetch(world)
    if auditsEveryEvent { troubles += audit().filter { !troubles.contains($0) }.map { "event \(event.index), \(action): \($0)" } }
    if outcome == .accepted || outcome.refusal != nil, let broken = world.brokenProperty(book) { outcome = .violated(broken) }
    event.code = world.status(after: action, step)
    return finish(event, outcome, observation, changes, refusal: refusal, refusesItsCaller: pending?.step == .fail)
  }

  /// Whether the action would change anything now; nothing happens.
  public func would(_ action: Action) -> Bool {
    guard action.fits(book.bounds) else { return false }
    var draft = world
    return draft.perform(action, book).changesTheWorld
  }

  private func finish(
    _ begun: Event, _ outcome: Outcome, _ seen: Observation, _ changes: [TableWorld.Change], refusal: Guard? = nil,
    refusesItsCaller: Bool = false
  ) -> Attempt {
    var event = begun
    event.outcome = outcome.kind
    // `fail` is carried out, and what it does is to refuse.
    if refusesItsCaller, outcome == .accepted { (event.outcome, event.code) = (.refused, "error") }
    if let why = refusal ?? outcome.refusal { (event.code, event.guardID) = (why.entry.code, why.id) }
    if case .violated(let property) = outcome {
      event.property = property.id
      if violation == nil { violation = (property, event.index) }
    }
    event.args += seen.args
    event.accesses = seen.accesses
    event.changes = changes.map { change in
      Event.Change(
        place: place(of: change.field, change.index), before: change.field.text(change.before),
        after: change.field.text(change.after))
    }
    events.append(event)
    return Attempt(outcome: outcome, event: event, bytes: seen.bytes, values: seen.values)
  }

  /// Something that the rules know nothing of: shared memory, a policy's answer, an interrupt.
  @discardableResult
  func note(
    _ actor: String, _ peer: String?, _ call: String, object: String? = nil, _ outcome: Event.Kind = .ok, code: String? = nil, guardID: String? = nil,
    args: [Event.Argument] = [], accesses: [Access] = []
  ) -> Event {
    var event = Event(index: events.count, actor: actor, peer: peer, call: call, object: object, action: nil, isBookkeeping: false)
    (event.outcome, event.code, event.guardID, event.args, event.accesses) = (outcome, code, guardID, args, accesses)
    events.append(event)
    return event
  }
}

/// What was seen while an effect was performed.
struct Observation {
  var bytes: [UInt8] = []
  var values: [UInt64] = []
  var args: [Event.Argument] = []
  var accesses: [Access] = []

  mutating func add(_ key: String, _ value: some CustomStringConvertible) { args.append(Event.Argument(key, value.description)) }
}
