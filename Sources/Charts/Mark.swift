/// How a step ended. The raw values are the outcomes of the event log.
public enum Mark: String, Hashable, Sendable, CaseIterable {
  /// Accepted, and done.
  case ok
  /// A guard said no; nothing changed.
  case refused
  /// Nobody answered, and nothing changed.
  case ignored
  /// The access was decided against: a page fault, a completion with an error.
  case fault
  /// A property of the whole does not hold any more.
  case violated
}
