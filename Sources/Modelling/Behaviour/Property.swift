/// Something that is asked of a model, with a sentence that says it in words.
///
/// `always`, `sometimes` and `neverDeadlocks` speak of states, the others of whole, infinite behaviours: which of these count
/// is said by the ``Action/Fairness`` of the actions. A behaviour may stand still for ever wherever fairness does not forbid it.
public struct Property: Sendable {
  /// Whether something is the case in a state. A function of the state alone; it is asked from several threads.
  public typealias Predicate = @Sendable (_ state: State) -> Bool

  /// What is asked, in one clause: `no importer uses the buffer after its revocation`.
  public let sentence: String
  let form: Form

  enum Form: Sendable {
    case always(premise: Predicate?, Predicate)
    case sometimes(Predicate)
    case neverDeadlocks(except: Predicate?)
    case leadsTo(from: Predicate, to: Predicate)
    case alwaysEventually(Predicate)
    case eventuallyAlways(Predicate)
    case eventually(Predicate)
  }

  /// Holds in every state that can be reached.
  public static func always(_ sentence: String, _ holds: @escaping Predicate) -> Property {
    Property(sentence: sentence, form: .always(premise: nil, holds))
  }

  /// Holds in every state that can be reached and in which the premise does. If there is no such state, the report says so: the
  /// property never had a chance to break.
  public static func always(_ sentence: String, whenever premise: @escaping Predicate, _ holds: @escaping Predicate) -> Property {
    Property(sentence: sentence, form: .always(premise: premise, holds))
  }

  /// Holds in some state that can be reached: whoever expects that knows whether the model gets there.
  public static func sometimes(_ sentence: String, _ holds: @escaping Predicate) -> Property {
    Property(sentence: sentence, form: .sometimes(holds))
  }

  /// In every state that can be reached some action is possible.
  public static func neverDeadlocks(_ sentence: String) -> Property {
    Property(sentence: sentence, form: .neverDeadlocks(except: nil))
  }

  /// In every state that can be reached some action is possible, or it is one in which nothing needs to happen any more.
  public static func neverDeadlocks(_ sentence: String, except quiescent: @escaping Predicate) -> Property {
    Property(sentence: sentence, form: .neverDeadlocks(except: quiescent))
  }

  /// Whenever `trigger` holds, `goal` holds then or later. If nothing ever triggers it, the report says so.
  public static func leadsTo(_ sentence: String, from trigger: @escaping Predicate, to goal: @escaping Predicate) -> Property {
    Property(sentence: sentence, form: .leadsTo(from: trigger, to: goal))
  }

  /// Holds again and again, for ever.
  public static func alwaysEventually(_ sentence: String, _ holds: @escaping Predicate) -> Property {
    Property(sentence: sentence, form: .alwaysEventually(holds))
  }

  /// Holds from some point on, for ever.
  public static func eventuallyAlways(_ sentence: String, _ holds: @escaping Predicate) -> Property {
    Property(sentence: sentence, form: .eventuallyAlways(holds))
  }

  /// Holds at least once.
  public static func eventually(_ sentence: String, _ holds: @escaping Predicate) -> Property {
    Property(sentence: sentence, form: .eventually(holds))
  }
}

extension Property {
  /// The kinds of properties, by the word that is printed.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case always
    case sometimes
    case neverDeadlocks = "never-deadlocks"
    case leadsTo = "leads-to"
    case alwaysEventually = "always-eventually"
    case eventuallyAlways = "eventually-always"
    case eventually
    /// Asked of every model: no action writes a value that its field does not have.
    case inRange = "in-range"
  }

  public var kind: Kind {
    switch form {
    case .always: .always
    case .sometimes: .sometimes
    case .neverDeadlocks: .neverDeadlocks
    case .leadsTo: .leadsTo
    case .alwaysEventually: .alwaysEventually
    case .eventuallyAlways: .eventuallyAlways
    case .eventually: .eventually
    }
  }
}
