/// What was found about infinite behaviours. The same for any number of threads.
public struct LivenessReport: Hashable, Sendable {
  /// One for every property, in the order in which they were asked.
  public var outcomes: [LivenessOutcome]
  /// One for every fact of `sometimes`, in that order.
  public var sometimes: [Sighting]
  /// Edges kept, of all properties' regions. Less than the search's transitions where states can not be part of a violation.
  public var edges: Int
  /// The most that the graph and the arrays of the judgement touched, in bytes. It comes on top of the search's `peakBytes`;
  /// together they are held to `SearchOptions.memory`.
  public var peakBytes: Int

  /// The reason for which some property was not judged to the end, if there is one.
  public var incompleteness: Incompleteness? {
    for case .incomplete(let reason) in outcomes { return reason }
    return nil
  }
}

/// The answer about one property.
public enum LivenessOutcome: Hashable, Sendable {
  /// Every behaviour that counts does it.
  case holds
  /// One that counts does not.
  case violated(Lasso)
  /// The trigger of `leadsTo` held in no state: true, and says nothing.
  case vacuous
  /// Nothing was found, and not everything was seen.
  case incomplete(Incompleteness)
}

/// A behaviour that counts and does not do what it should: a way to a state, and what is then repeated for ever.
///
/// What is minimal is the number of steps of stem and cycle together. Where several are shortest, the one whose cycle
/// begins nearest to the initial state is given; its stem is found breadth first.
public struct Lasso: Hashable, Sendable {
  /// Labels from the initial state to where the cycle begins. For `leadsTo`, the trigger is met on the way or there, and the
  /// goal not any more from then on.
  public var stem: [UInt32]
  /// Labels of the cycle; empty when the behaviour stands still for ever.
  public var cycle: [UInt32]
  /// The numbers of the states before each step of stem and cycle; for an empty cycle, the state at the end of the stem
  /// comes last. `Explorer.withState` gives their words.
  public var states: [Int]
  /// Whether no lasso is shorter. What a cycle may already have done for each fairness constraint makes exponentially many
  /// cases (to serve all of them with the fewest steps is NP-hard), so at most some hundred thousand are looked at, fewer where
  /// memory is bounded. Beyond that, the cycle goes from the nearest fair state on to whatever is nearest and still to be done,
  /// and this is false; it is false in an unfinished search, too.
  public var isShortest: Bool

  public init(stem: [UInt32], cycle: [UInt32], states: [Int], isShortest: Bool) {
    self.stem = stem
    self.cycle = cycle
    self.states = states
    self.isShortest = isShortest
  }

  /// Labels of the stem and so many rounds of the cycle: what a replay performs.
  public func path(rounds: Int) -> [UInt32] { (0..<max(rounds, 0)).reduce(stem) { path, _ in path + cycle } }

  /// The number of the state at which the cycle begins and ends.
  public var turn: Int { states[stem.count] }
}

/// Whether a fact was ever seen.
public enum Sighting: Hashable, Sendable {
  /// In state number `state` first, at this distance from the initial one (`Explorer.path(to:)` leads there).
  case seen(state: Int, depth: Int)
  /// In no reachable state.
  case never
  /// Not so far, in an unfinished search.
  case notYet
}
