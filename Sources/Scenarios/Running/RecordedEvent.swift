import Machine
import Rules

/// An event of a run as a recording has it: the machine's event, and where in the scenario it belongs.
public struct RecordedEvent: Hashable, Sendable {
  public struct Argument: Hashable, Sendable {
    public var key: String
    /// Several where the key was noted several times.
    public var values: [String]
  }
  public struct Change: Hashable, Sendable {
    public var place: String, before: String, after: String
  }

  public var index: Int
  public var phase: String
  public var actor: String
  public var peer: String?
  public var call: String
  public var args: [Argument] = []
  public var object: String?
  public var outcome: Event.Kind
  public var code: String?
  public var guardID: String?
  public var property: String?
  /// The action as text; nil for what the rules know nothing of.
  public var action: String?
  public var changes: [Change] = []
  /// Accesses as they were translated, a line each.
  public var accesses: [String] = []
  /// Needed for a replay, of no interest in a chart.
  public var isBookkeeping = false
  /// Whether the scenario said beforehand that this refusal comes; nil where nothing was declared.
  public var isDeclared: Bool?

  init(_ event: Event, phase: String) {
    (index, self.phase, actor, peer, call) = (event.index, phase, event.actor, event.peer, event.call)
    (object, outcome, code, guardID, property, action) = (event.object, event.outcome, event.code, event.guardID, event.property, event.action)
    for argument in event.args {
      if let i = args.firstIndex(where: { $0.key == argument.key }) {
        args[i].values.append(argument.value)
      } else {
        args.append(Argument(key: argument.key, values: [argument.value]))
      }
    }
    changes = event.changes.map { Change(place: $0.place, before: $0.before, after: $0.after) }
    accesses = event.accesses.map(\.description)
    isBookkeeping = event.isBookkeeping
  }

  init(index: Int, phase: String, actor: String, call: String, outcome: Event.Kind) {
    (self.index, self.phase, self.actor, self.call, self.outcome) = (index, phase, actor, call, outcome)
  }

  public func argument(_ key: String) -> String? { args.first { $0.key == key }?.values.first }

  /// A wait: refused now, because somebody is busy.
  var isWait: Bool { outcome == .refused && guardID.flatMap { Guard(id: $0) }?.isBusy == true }
  /// What counts as a step of the run, and is drawn.
  public var isStep: Bool { !isBookkeeping && !isWait }
}

extension Event.Kind {
  /// What counts as refused: also what broke a promise by being refused.
  func isRefusal(atGuard: Bool) -> Bool { self == .refused || (self == .violated && atGuard) }
}
