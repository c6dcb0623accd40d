import Machine
import Rules

/// The first event of a log that the rules do not allow: which, why not, and what could have come in its place.
public struct TraceRefusal: Sendable {
  public enum Reason: Hashable, Sendable {
    /// The log says that it was done; a guard refuses it.
    case refused(Guard)
    /// The log says that it was done, and does not say that it breaks a property.
    case breaks(Property)
    /// It ends otherwise.
    case otherOutcome(log: String, rules: String)
    /// The event is called or does something else than the rules say of this action here.
    case otherValue(String, log: String, rules: String)
    case unknownCall(String, nearest: String?)
    case unknownAction(String)
    /// A number that this machine does not have.
    case outside(String)
    /// A known call, and nobody stands before it. The guard would refuse it in any case.
    case nobody(String, Guard?)
    /// The numbers of the events have a gap, or go back.
    case outOfOrder(expected: Int, got: Int)
    /// The result counts other events than the log has.
    case miscounted(String, log: Int, result: Int)
  }

  /// In the file, from 1.
  public let line: Int
  /// The event's own number, or its place in the log, from 0.
  public let event: Int
  /// Nil where it is the result that is wrong.
  public let said: TraceEvent?
  public let reason: Reason
  /// What would have been accepted there.
  public let possible: [Possible]

  public struct Possible: Hashable, Sendable {
    public let action: Action
    public let name: ActionName
    /// It would be done, and break this.
    public let breaks: Property?
  }
}

extension TraceRefusal.Reason {
  /// One word for the last line.
  public var word: String {
    switch self {
    case .refused: "refused"
    case .breaks: "breaks"
    case .otherOutcome: "outcome"
    case .otherValue(let what, _, _): what
    case .unknownCall: "unknown-call"
    case .unknownAction: "unknown-action"
    case .outside: "out-of-range"
    case .nobody: "nobody"
    case .outOfOrder: "out-of-order"
    case .miscounted: "miscounted"
    }
  }

  public var law: Guard? {
    switch self {
    case .refused(let why): why
    case .nobody(_, let why): why
    default: nil
    }
  }

  public var sentence: String {
    switch self {
    case .refused(.notNow): "refused: nobody has a reason to do this now"
    case .refused(let why): "refused" + (why.entry.code == "-" ? "" : ": \(why.entry.code)")
    case .breaks(let property): "it breaks \(property.id), and the log does not say so: \(property.sentence)"
    case .otherOutcome(let log, let rules): "the log says '\(log)', the rules say '\(rules)'"
    case .otherValue(let what, let log, let rules): "the \(what) is '\(log)' in the log and '\(rules)' by the rules"
    case .unknownCall(let call, let nearest): "there is no call '\(call.prefix(60))'" + (nearest.map { " (is it '\($0)'?)" } ?? "")
    case .unknownAction(let text): "there is no action '\(text.prefix(60))'"
    case .outside(let text): "'\(text.prefix(60))' is outside of this machine"
    case .nobody(let call, let why): "nobody can do '\(call)' here" + (why.map { "; asked directly it is refused: \($0.entry.code)" } ?? "")
    case .outOfOrder(let expected, let got):
      got > expected ? "event \(expected) is missing: \(got) stands in its place" : "event \(got) stands where \(expected) is expected"
    case .miscounted(let what, let log, let result): "the result counts \(result) \(what), the log has \(log)"
    }
  }
}
