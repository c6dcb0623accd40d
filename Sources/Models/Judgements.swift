import Exploration
import Rules

/// What each property of a model comes to, as if it had been asked alone.
///
/// Asking does not change what happens, only what is said of it: the worlds that can be reached are the same whichever
/// properties are asked. But a search names one property for a step or a world that breaks several, so a property can hide
/// behind another. Hence one search after the other: each stops at the shortest path to whatever is still asked, that property
/// is not asked again, and the last search, in which nothing breaks, is what the rest holds by.
public struct Judgements: Sendable {
  public enum Answer: Hashable, Sendable {
    case holds
    /// The shortest way there, the same as that of a check that asks for nothing else.
    case violated(Counterexample)
    /// Why nothing is known.
    case incomplete(String)
  }

  public let model: Model
  /// The properties that were asked, in the model's order.
  public private(set) var answers: [(property: Property, answer: Answer)]
  /// In the order in which they were found: what a check finds comes first.
  public private(set) var found: [Counterexample] = []
  /// Of the longest of the searches, which went over the same worlds.
  public private(set) var states = 0
  public private(set) var transitions: UInt64 = 0

  /// Why it could not be begun.
  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case search(SearchError)
    public var description: String {
      switch self {
      case .search(let error): error.description
      }
    }
  }

  /// `options` bound each of the searches.
  public init(_ model: Model, options: SearchOptions = SearchOptions()) throws(Failure) {
    self.model = model
    answers = []
    var open = model.properties
    var rest: Answer = .holds
    var current = model
    while !open.isEmpty {
      let check: Check
      do { check = try Check(current, options: options) } catch { throw .search(error) }
      states = max(states, check.report.states)
      transitions = max(transitions, check.report.transitions)
      guard let counterexample = check.counterexample, open.contains(counterexample.property) else {
        if case .incomplete(let reason) = check.verdict { rest = .incomplete(reason) }
        break
      }
      found.append(counterexample)
      open.removeAll { $0 == counterexample.property }
      guard !open.isEmpty else { break }
      do { current = try model.asking(open) } catch {
        // A set-up that broke something, and without being asked for it does not end.
        rest = .incomplete("set-up")
        break
      }
    }
    let found = self.found
    answers = model.properties.map { property in
      (property, found.first { $0.property == property }.map { .violated($0) } ?? rest)
    }
  }

  public subscript(_ property: Property) -> Answer? { answers.first { $0.property == property }?.answer }
  public var isComplete: Bool { !answers.contains { if case .incomplete = $0.answer { true } else { false } } }
}

extension Model {
  /// The same world with the same procedures, asked for less.
  func asking(_ properties: [Property]) throws(Failure) -> Model {
    try Model(
      kind, procedures: procedures, bounds: book.bounds, isHostile: book.cast == .hostileVMM, parameters: book.parameters,
      properties: properties, symmetry: symmetry)
  }
}
