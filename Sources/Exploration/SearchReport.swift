/// What a search found. The same for any number of threads.
public struct SearchReport: Hashable, Sendable {
  /// How the search ended.
  public enum End: Hashable, Sendable {
    /// Every reachable state was expanded.
    case exhausted
    /// The first violation ended it.
    case stoppedAtViolation
    case incomplete(Incompleteness)
  }

  public var end: End
  /// The first violation of each property, in the order in which they were found; at most one when stopping at the first.
  public var violations: [Violation]
  /// Different states stored, the initial one included.
  public var states: Int
  /// Steps out of the expanded states. Spin counts the initial state as one more.
  public var transitions: UInt64
  /// The greatest distance of a stored state from the initial one whose level was entered.
  public var depth: Int
  /// The most that states, parents and table ever touched, in bytes.
  public var peakBytes: Int
  /// Words in a state.
  public var width: Int
  /// How often each label led out of an expanded state.
  public var firedLabels: [UInt64]
  /// Steps whose label was not below the system's `labelCount`: a mistake of the model, to be reported.
  public var unlistedLabels: UInt64
  /// What was found about infinite behaviours, where something was asked about them.
  public var liveness: LivenessReport? = nil

  /// The short answer. A violation of safety comes before one of liveness.
  public var outcome: SearchOutcome {
    if let first = violations.first { return .violated(first) }
    for (property, outcome) in (liveness?.outcomes ?? []).enumerated() {
      if case .violated(let lasso) = outcome { return .lasso(property: property, lasso) }
    }
    if case .incomplete(let reason) = end { return .incomplete(reason) }
    if let reason = liveness?.incompleteness { return .incomplete(reason) }
    return .exhausted
  }
  /// Every state was seen, and every property judged.
  public var isExhaustive: Bool { end == .exhausted && liveness?.incompleteness == nil }
  /// All bytes a state, the packed state included, at the peak.
  public var bytesPerState: Double { Double(peakBytes) / Double(max(states, 1)) }
  /// Bytes a state beyond the packed state itself.
  public var overheadPerState: Double { bytesPerState - Double(width * 8) }
}

/// The answer of a search: an unfinished search never reads as "holds".
public enum SearchOutcome: Hashable, Sendable {
  case exhausted
  case violated(Violation)
  /// A liveness property, by its place in `Liveness.properties`, fails on this behaviour.
  case lasso(property: Int, Lasso)
  case incomplete(Incompleteness)
}

/// Why a search that found nothing proves nothing.
public enum Incompleteness: String, Hashable, Sendable {
  /// There is a state beyond the allowed number.
  case limit
  /// The next state would need more memory than allowed, or than there is.
  case memory
  case interrupted
  /// A state number has 32 bits: 4,294,967,295 states are the end of the arena.
  case indices
  /// `expand` gave other successors the second time: it is no function of its state, and no path can be trusted.
  case unrepeatable
  /// The search stopped at a violation of safety; about liveness it had nothing to say yet.
  case stopped = "stopped-at-violation"
  /// Random walks see what they happen to see.
  case randomWalk = "random-walk"
}

/// A property that failed, and a shortest way there.
public struct Violation: Hashable, Sendable {
  /// What failed.
  public enum Kind: String, Hashable, Sendable {
    /// The last step of the path: `expand` gave it a verdict.
    case step
    /// The state at the end of the path: `check` gave it a verdict.
    case state
    /// The state at the end of the path has no successors, and `quiescent` gave it a verdict.
    case quiescence
  }
  /// The property's number, 1...255.
  public var property: UInt8
  public var kind: Kind
  /// The labels of the steps from the initial state on; for `step`, the violating one is the last.
  public var path: [UInt32]
  /// The words of the state at the end of the path.
  public var state: [UInt64]

  public init(property: UInt8, kind: Kind, path: [UInt32], state: [UInt64]) {
    self.property = property
    self.kind = kind
    self.path = path
    self.state = state
  }
}
