import Exploration

/// Something that may happen: a name, a guard that says when, and an effect that says what changes then.
///
/// ```swift
/// Action(
///   "finish", each: importer.indices, fairness: .weak,
///   when: { state, i in state[importer, i] == .using },
///   then: { state, i in state[importer, i] = .mapped })
/// ```
///
/// An action happens in one step; between two steps, anybody may act. Guard and effect are functions of the state alone: they
/// are called in any order, from several threads, and again when a run is printed. An action that happens and
/// changes nothing is a transition, and something that is possible; for liveness it is no step.
public struct Action: Sendable {
  /// What a behaviour may not do for ever: ignore this action.
  public enum Fairness: String, Hashable, Sendable, CaseIterable {
    /// Nobody has to do it, ever.
    case none
    /// What remains possible without a break is done at some time: for what waits for nobody.
    case weak
    /// What is possible again and again is done at some time, even if it is not possible in between: for what competes.
    case strong
  }

  public let name: String
  public let fairness: Fairness
  /// `finish(0)`, `finish(1)`, …: one for each index, or the name alone.
  let instances: [String]
  /// Appends a successor for each instance that is possible; labels count from `first`.
  @usableFromInline let expand: @Sendable (_ state: State, _ first: UInt32, _ successors: inout Successors) -> Void
  /// The state after one instance, nil if it is not possible.
  let attempt: @Sendable (_ instance: Int, _ state: State) -> State?

  /// An action for each of several things: of an indexed field's `indices`, `allCases` of an enumeration, or any other
  /// collection. Each is an action of its own, with its own name, `finish(0)`, and its own fairness.
  @inlinable public init<Index: Sendable>(
    _ name: String, each indices: some Collection<Index>, fairness: Fairness = .none,
    when guarded: @escaping @Sendable (_ state: State, _ index: Index) -> Bool,
    then effect: @escaping @Sendable (_ state: inout State, _ index: Index) -> Void
  ) {
    let list = Array(indices)
    self.init(
      name, list.map { "\(name)(\($0))" }, fairness,
      expand: { state, first, successors in
        for i in 0..<list.count where guarded(state, list[i]) {
          var next = state
          effect(&next, list[i])
          next.append(to: &successors, from: state, label: first &+ UInt32(truncatingIfNeeded: i))
        }
      },
      attempt: { i, state in
        guard guarded(state, list[i]) else { return nil }
        var next = state
        effect(&next, list[i])
        return next
      })
  }

  /// An action for each pair of two things: `send(0,1)`.
  @inlinable public init<First: Sendable, Second: Sendable>(
    _ name: String, each firsts: some Collection<First>, and seconds: some Collection<Second>, fairness: Fairness = .none,
    when guarded: @escaping @Sendable (_ state: State, _ first: First, _ second: Second) -> Bool,
    then effect: @escaping @Sendable (_ state: inout State, _ first: First, _ second: Second) -> Void
  ) {
    let pairs = firsts.flatMap { first in seconds.map { Pair(first: first, second: $0) } }
    self.init(
      name, each: pairs, fairness: fairness, when: { guarded($0, $1.first, $1.second) }, then: { effect(&$0, $1.first, $1.second) })
  }

  /// An action of which there is one.
  @inlinable public init(
    _ name: String, fairness: Fairness = .none,
    when guarded: @escaping @Sendable (_ state: State) -> Bool, then effect: @escaping @Sendable (_ state: inout State) -> Void
  ) {
    self.init(
      name, [name], fairness,
      expand: { state, first, successors in
        guard guarded(state) else { return }
        var next = state
        effect(&next)
        next.append(to: &successors, from: state, label: first)
      },
      attempt: { _, state in
        guard guarded(state) else { return nil }
        var next = state
        effect(&next)
        return next
      })
  }

  @usableFromInline init(
    _ name: String, _ instances: [String], _ fairness: Fairness,
    expand: @escaping @Sendable (State, UInt32, inout Successors) -> Void, attempt: @escaping @Sendable (Int, State) -> State?
  ) {
    (self.name, self.instances, self.fairness) = (name, instances, fairness)
    (self.expand, self.attempt) = (expand, attempt)
  }
}

@usableFromInline struct Pair<First: Sendable, Second: Sendable>: Sendable, CustomStringConvertible {
  @usableFromInline var first: First, second: Second
  @inlinable init(first: First, second: Second) { (self.first, self.second) = (first, second) }
  @usableFromInline var description: String { "\(first),\(second)" }
}

extension State {
  /// The verdict on a step that wrote a value which its field does not have.
  @usableFromInline static let outOfRange: UInt8 = 255

  /// Adds the state as a successor of `source`. A step that could not be done as written leads nowhere.
  @inlinable @inline(__always) func append(to successors: inout Successors, from source: State, label: UInt32) {
    guard refusal != nil else { return successors.append(words, label: label) }
    successors.append(source.words, label: label, verdict: Self.outOfRange)
  }
}
