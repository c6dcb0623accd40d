/// What is asked of the infinite behaviours of a system, and which behaviours count.
///
/// **Behaviours.** As in TLA+ (Lamport, *Specifying Systems*, chapter 8): a behaviour begins in the initial state and is
/// infinite; each of its steps is a successor of the state before, or changes nothing. A step that changes nothing is a
/// *stutter*, whatever label it has: it takes no action, and a successor equal to its state enables none. So a system may
/// stand still for ever, in any state, unless fairness forbids it, and a state without successors does so always.
///
/// **Fairness.** A constraint is a set of labels, taken as one action. The action is *enabled* in a state that has a
/// successor by one of the labels that differs from it; it is *taken* by such a step. What matters is what happens
/// infinitely often:
/// - weak: an action that is enabled in every state from some point on is taken infinitely often;
/// - strong: an action that is enabled infinitely often is taken infinitely often.
///
/// A behaviour counts if it satisfies all constraints. Labels in no constraint may be ignored for ever. Two constraints
/// differ from one with the labels of both, which is content when either is taken. Fairness of parts of the next-state
/// relation never leaves a finite behaviour without a continuation that counts, so no property holds because nothing counts.
///
/// **Facts.** Properties speak of up to 32 predicates of states, asked as the bits of one word.
///
/// Liveness is judged after an exhaustive search, on the full graph of the stored states; a step that a safety property
/// condemns is a step all the same. In a search that met its `limit`, what is violated in the part that was expanded is
/// reported, and nothing holds. In any other unfinished search, nothing is judged.
public struct Liveness: Sendable {
  /// Which facts (bits 0...31) hold in a state. A pure function, called from several threads.
  public typealias Facts = @Sendable (_ state: UnsafePointer<UInt64>) -> UInt32

  public static let maximumFacts = 32
  /// Of properties, and of fairness constraints.
  public static let maximum = 64
  /// Labels are told apart by the constraints they are in; so many kinds of labels there may be.
  public static let maximumKinds = 256

  public var facts: Facts
  /// At most 64.
  public var properties: [LivenessProperty]
  /// At most 64.
  public var fairness: [Fairness]
  /// Facts (0...31) that should hold in some state: whoever knows that they do knows that the model gets there.
  public var sometimes: [Int]

  public init(
    properties: [LivenessProperty], fairness: [Fairness] = [], sometimes: [Int] = [], facts: @escaping Facts
  ) {
    self.properties = properties
    self.fairness = fairness
    self.sometimes = sometimes
    self.facts = facts
  }

  /// Nothing that is asked may be out of range: a fact that no closure can give would make a property vacuous in silence.
  func validate(labelCount: Int) throws(SearchError) {
    guard properties.count <= Self.maximum else { throw .bound("number of liveness properties", properties.count) }
    guard fairness.count <= Self.maximum else { throw .bound("number of fairness constraints", fairness.count) }
    for fact in properties.flatMap(\.facts) + sometimes where !(0..<Self.maximumFacts).contains(fact) { throw .bound("fact", fact) }
    for label in fairness.flatMap(\.labels) where label >= labelCount { throw .bound("label of a fairness constraint", Int(label)) }
    let kinds = LabelKinds(fairness, labelCount: labelCount).constraints.count
    guard kinds <= Self.maximumKinds else { throw .bound("number of kinds of labels", kinds) }
  }
}
