import Machine
import Rules

/// What the rules say to one action in one world, in the words of a log.
struct TraceStep {
  let action: Action
  let name: ActionName
  let outcome: Outcome
  /// As an event would have it; a step that does nothing but return an error is refused.
  let kind: Event.Kind
  let code: String?
  /// The guard that refused it, or the one whose refusal broke a property.
  let law: Guard?
  let changes: [RecordedEvent.Change]
  /// The world behind it.
  let world: TableWorld
  let changesTheWorld: Bool

  init(_ action: Action, in world: TableWorld, _ beginning: TraceBeginning) {
    let book = beginning.book
    self.action = action
    name = beginning.names.name(of: action, in: world, book)
    var pending: PendingStep?
    if case .advance(let task) = action { pending = world.pendingStep(of: task, book) }
    var draft = world
    var outcome = draft.perform(action, book)
    guard outcome.changesTheWorld else {
      (self.outcome, kind, code, law) = (outcome, outcome.kind, outcome.refusal?.entry.code, outcome.refusal)
      (changes, self.world, changesTheWorld) = ([], world, false)
      return
    }
    changes = draft.takeJournal().map {
      RecordedEvent.Change(
        place: beginning.shape.place(of: $0.field, $0.index), before: $0.field.text($0.before), after: $0.field.text($0.after))
    }
    law = world.refusal(behind: outcome, of: action, book)
    // As the machine has it: what the new world breaks is the event's.
    if !outcome.isViolation, let broken = draft.brokenProperty(book) { outcome = .violated(broken) }
    let returnsError = pending?.step == .fail && outcome == .accepted
    self.outcome = outcome
    kind = returnsError ? .refused : outcome.kind
    code = returnsError ? "error" : law?.entry.code ?? draft.status(after: action, pending)
    self.world = draft
    changesTheWorld = !changes.isEmpty
  }

  var property: Property? { if case .violated(let property) = outcome { property } else { nil } }
  var ending: String {
    ([kind.rawValue, code, law.map { "(\($0.id))" }, property?.id] as [String?]).compactMap { $0 }.joined(separator: " ")
  }
}

extension TraceStep {
  /// The first thing that the log says of the event and that is not so; nil where all of it is.
  func disagreement(with event: TraceEvent, _ beginning: TraceBeginning) -> TraceRefusal.Reason? {
    if let reason = misnamed(event, beginning) { return reason }
    // That something failed by chance has to be said: it would explain any refusal.
    if case .failStep = action, event.action == nil, event.code == nil, event.guardID == nil {
      return .otherOutcome(log: event.ending, rules: ending)
    }
    // That nobody has a reason to is no ending that a log could have, but one that says which action was not attempted, or that an untrusted
    // host called the firmware all the same: that refuses for a reason that no guard of the call has.
    let isCalled = beginning.book.cast == .untrustedHost && isOfTheFirmware && event.guardID == nil && !isOfAGuard(event.code)
    let isNoEnding = event.outcome != .refused || (event.action == nil && !isCalled)
    if case .refused(let why) = outcome, event.outcome == .ok || (why == .notNow && isNoEnding) { return .refused(why) }
    if case .refused(.notNow) = outcome, isCalled { return nil }
    if event.outcome == .ok, let property { return .breaks(property) }
    let isSame =
      event.outcome == kind && event.code.map(isSame(code:)) ?? true && event.guardID.map { $0 == law?.id } ?? true
      && event.property.map { $0 == property?.id } ?? true
    if !isSame { return .otherOutcome(log: event.ending, rules: ending) }
    if let written = event.changes {
      func counted(_ list: [RecordedEvent.Change]) -> [RecordedEvent.Change] {
        beginning.knowsPositions ? list : list.filter { !$0.place.hasPrefix("\(Field.taskPosition)[") }
      }
      let said = counted(written), changes = counted(changes)
      if said == changes { return nil }
      let i = zip(said, changes).enumerated().first { $1.0 != $1.1 }?.offset ?? min(said.count, changes.count)
      func text(_ list: [RecordedEvent.Change]) -> String {
        list.indices.contains(i) ? "\(list[i].place): \(list[i].before) → \(list[i].after)" : "no further change"
      }
      return .otherValue("change", log: text(said), rules: text(changes))
    }
    return nil
  }

  /// Call, lanes, object and addresses.
  func misnamed(_ event: TraceEvent, _ beginning: TraceBeginning) -> TraceRefusal.Reason? {
    if !event.call.isEmpty, event.call != name.call { return .otherValue("call", log: event.call, rules: name.call) }
    if let object = event.object, !Self.isSame(object, name.object) {
      return .otherValue("object", log: object, rules: name.object ?? "none")
    }
    if let actor = event.actor, !Self.isSame(actor, name.actor), !mayAlsoBe(actor) {
      return .otherValue("actor", log: actor, rules: name.actor)
    }
    if let peer = event.peer, !Self.isSame(peer, name.peer) { return .otherValue("peer", log: peer, rules: name.peer ?? "none") }
    return beginning.misaddressed(event, name)
  }

  /// A call that an untrusted host makes is, in the log of a real one, made by the part of the kernel whose it is.
  private func mayAlsoBe(_ actor: String) -> Bool {
    if case .call(let step, _, _) = action { step.entry.lane == actor } else { false }
  }

  private static func isSame(_ said: String, _ own: String?) -> Bool {
    guard let own else { return false }
    return said == own || TraceObject(said) == TraceObject(own)
  }

  /// What came back is one of the platform's codes; a call of the firmware that was carried out may say so itself.
  private func isSame(code said: String) -> Bool {
    said == code || (said == "TDX_SUCCESS" && code == nil && kind == .ok && isOfTheFirmware)
  }

  private func isOfAGuard(_ code: String?) -> Bool { Guard.allCases.contains { $0.id.hasPrefix(name.call + "/") && $0.entry.code == code } }

  private var isOfTheFirmware: Bool { ["TDH.", "TDG."].contains { name.call.hasPrefix($0) } }
}

extension TraceBeginning {
  /// Addresses among the arguments have to lie in what the event is about.
  fileprivate func misaddressed(_ event: TraceEvent, _ name: ActionName) -> TraceRefusal.Reason? {
    guard knowsAddresses, let said = event.argument("gpa"), let range = range(of: name.object) else { return nil }
    let words = "0x\(String(range.lowerBound, radix: 16))...0x\(String(range.upperBound, radix: 16))"
    guard let start = Self.number(said), range.contains(start) else { return .otherValue("args.gpa", log: said, rules: words) }
    guard let text = event.argument("size") else { return nil }
    guard let size = Self.number(text), size > 0, size - 1 <= range.upperBound - start else {
      return .otherValue("args.size", log: text, rules: "at most \(range.upperBound - start + 1)")
    }
    return nil
  }

  private static func number(_ text: String) -> UInt64? {
    let plain = text.replacing("_", with: "")
    return plain.hasPrefix("0x") ? UInt64(plain.dropFirst(2), radix: 16) : UInt64(plain)
  }

  /// Where a page or a unit lies in the guest's space.
  private func range(of object: String?) -> ClosedRange<UInt64>? {
    for (d, device) in shape.devices.enumerated() {
      for p in device.pages.indices where names.text(page: UInt8(p), of: UInt8(d)) == object {
        let (start, isBeyond) = device.slot.addingReportingOverflow(UInt64(p) << 12)
        return isBeyond || start > .max - 0xFFF ? nil : start...start + 0xFFF
      }
    }
    for (m, unit) in shape.privateUnits.enumerated() where names.text(unit: UInt8(m)) == object && unit.size > 0 && unit.base <= .max - unit.size {
      return unit.base...unit.base + (unit.size - 1)
    }
    return nil
  }
}
