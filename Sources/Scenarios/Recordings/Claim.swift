import Machine
import Rules

/// What a path is said to show.
public enum Claim: Hashable, Sendable {
  /// Its last step, or the state that it ends in, breaks the property.
  case violation(Property)
  /// After `turn` actions the world comes back to itself in rounds of so many actions, and the promise is owed all the while. A
  /// round of none stands still.
  case lapse(Promise, turn: Int, round: Int)

  public var property: Property? { if case .violation(let property) = self { property } else { nil } }

  /// The property's or the promise's name.
  public var name: String {
    switch self {
    case .violation(let property): property.id
    case .lapse(let promise, _, _): promise.id
    }
  }

  var broken: String {
    switch self {
    case .violation(let property): property.broken
    case .lapse(let promise, _, _): promise.broken
    }
  }

  var sentence: String {
    switch self {
    case .violation(let property): property.sentence
    case .lapse(let promise, _, _): promise.sentence
    }
  }

  var source: String {
    switch self {
    case .violation(let property): property.source
    case .lapse(let promise, _, _): promise.source
    }
  }
}

/// Watches a machine go round: after each round its world has to be the one of the turn, with the promise owed.
struct LapseRounds {
  private let promise: Promise, turn: Int, round: Int
  private var world: TableWorld?
  private(set) var mismatches: [String] = []

  init?(_ request: PathRequest) {
    guard case .lapse(let promise, let turn, let round) = request.claim else { return nil }
    (self.promise, self.turn, self.round) = (promise, turn, round)
    if turn > request.actions.count { mismatches.append("the path ends before its turn, action \(turn)") }
  }

  mutating func look(at machine: Machine, after count: Int) {
    guard count >= turn, count == turn || (round > 0 && (count - turn) % round == 0) else { return }
    let isOwed = PromiseInstance.all(promise, machine.book.bounds).contains { machine.world.isOwed($0, machine.book) }
    if !isOwed { mismatches.append("after \(count) actions nothing of \(promise.id) is owed") }
    if world == nil { world = machine.world }
    if world != machine.world { mismatches.append("after \(count) actions the world is not the one after \(turn)") }
  }
}
