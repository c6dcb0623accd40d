import Exploration

/// What came of a check. Print it, or ask for its ``json``.
public struct Report: Hashable, Sendable {
  /// The model's name.
  public var model: String
  public var verdict: Verdict
  /// Different states that were reached, the initial one included.
  public var states: Int
  /// Steps out of the states that were expanded, those included that change nothing.
  public var transitions: UInt64
  /// The most steps that a shortest way to one of the states has.
  public var depth: Int
  /// Whether every state was reached and every property judged.
  public var isExhaustive: Bool
  /// Bytes that the search took at its peak, the arrays of liveness included.
  public var peakBytes: Int
  /// One for every property, in the order of their declaration; behind them, if some action wrote a value that its field does
  /// not have, what led there.
  public var answers: [Answer]
  /// Actions that never happened; one index of an action by its own name, `finish(2)`, if others of its indices did happen.
  public var neverFired: [String]

  /// The short answer.
  public enum Verdict: Hashable, Sendable {
    /// Everything that is asked holds, in every state and behaviour there is.
    case holds
    /// This property does not hold; the first one, where several do not.
    case violated(String)
    /// Nothing was found, and not everything was seen. It never means that something holds.
    case incomplete(Incompleteness)
  }

  /// The answer about one property.
  public struct Answer: Hashable, Sendable {
    public var property: String
    public var kind: Property.Kind
    public var outcome: Outcome
  }

  /// What is asked of every model.
  public static let inRange = "every value that is written is one of its field's"

  /// Properties that hold because what they speak of never came.
  public var neverHadAChance: [String] { answers.filter { $0.outcome == .neverHadAChance }.map(\.property) }

  /// The first counterexample.
  public var counterexample: Run? {
    guard case .violated(let property) = verdict else { return nil }
    for case .violated(let run) in answers.filter({ $0.property == property }).map(\.outcome) { return run }
    return nil
  }
}

/// What was found out about a property.
public enum Outcome: Hashable, Sendable {
  case holds
  /// It holds, and says nothing: nothing ever triggered it, or its premise never held.
  case neverHadAChance
  case violated(Run)
  /// For `sometimes`: a shortest run that gets there.
  case reached(Run)
  /// For `sometimes`, in an exhaustive search.
  case neverReached
  case undecided(Incompleteness)

  var isBroken: Bool {
    switch self {
    case .violated, .neverReached: true
    case .holds, .neverHadAChance, .reached, .undecided: false
    }
  }
}

extension Report {
  init(_ model: Model, _ found: SearchReport, _ answers: Answers) {
    self.model = model.name
    states = found.states
    transitions = found.transitions
    depth = found.depth
    isExhaustive = found.isExhaustive && answers.incompleteness == nil
    peakBytes = found.peakBytes + (found.liveness?.peakBytes ?? 0)
    self.answers = zip(model.properties, answers.outcomes).map { Answer(property: $0.sentence, kind: $0.kind, outcome: $1) }
    if let run = answers.overflow { self.answers.append(Answer(property: Self.inRange, kind: .inRange, outcome: .violated(run))) }
    neverFired = model.neverFired(found.firedLabels)
    let isOverflowFirst = found.violations.first?.property == State.outOfRange
    if isOverflowFirst {
      verdict = .violated(Self.inRange)
    } else if let first = answers.broken.first {
      verdict = .violated(model.properties[first].sentence)
    } else if case .incomplete(let reason) = found.end {
      verdict = .incomplete(reason)
    } else {
      verdict = answers.incompleteness.map(Verdict.incomplete) ?? .holds
    }
  }
}

extension Model {
  /// Actions that never happened by the counts of their labels.
  func neverFired(_ counts: [UInt64]) -> [String] {
    var names: [String] = []
    var first = 0
    for action in actions {
      let silent = action.instances.indices.filter { counts[first + $0] == 0 }
      names += silent.count == action.instances.count ? [action.name] : silent.map { action.instances[$0] }
      first += action.instances.count
    }
    return names
  }
}
