/// What was done, step by step, from the initial state on.
public struct Run: Hashable, Sendable {
  /// Every field as it is at the beginning; of an indexed field, all values are the same.
  public var beginning: [Start]
  public var steps: [Step]
  public var end: End
  /// Whether no other run shows the same in fewer steps. False for some behaviours with many fairness constraints.
  public var isShortest: Bool

  /// A field, or one of an indexed field, and its value.
  public struct Start: Hashable, Sendable {
    public var field: String
    /// Of an indexed field: the number of elements.
    public var count: Int?
    public var value: FieldValue
  }

  /// An action that happened, and what it changed.
  public struct Step: Hashable, Sendable {
    /// With its index: `finish(0)`.
    public var action: String
    public var changes: [Change]
    /// The value that could not be written, if the step is not possible as it is written.
    public var refused: Refused?
  }

  public struct Change: Hashable, Sendable {
    public var field: String
    public var index: Int?
    public var before: FieldValue
    public var after: FieldValue
  }

  public struct Refused: Hashable, Sendable {
    public var field: String
    public var index: Int?
    /// Nil where the field is no number.
    public var number: Int?
    /// The values that the field has.
    public var range: String

    package init(field: String, index: Int? = nil, number: Int? = nil, range: String) {
      (self.field, self.index, self.number, self.range) = (field, index, number, range)
    }
  }

  /// How the run goes on behind its last step.
  public enum End: Hashable, Sendable {
    /// It is over: what was to be shown has happened.
    case there
    /// Nothing happens any more, for ever.
    case standsStill
    /// The steps from this one on (counted from 0) are repeated for ever.
    case repeats(from: Int)
  }
}
