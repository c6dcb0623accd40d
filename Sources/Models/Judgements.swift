import Exploration
import Rules

/// What each property and promise of a model comes to, as if it had been asked alone.
///
/// Asking does not change what happens, only what is said of it: the worlds that can be reached are the same whichever
/// properties are asked. But a search names one property for a step or a world that breaks several, so a property can hide
/// behind another. Hence one search after the other: each stops at the shortest path to whatever is still asked, that property
/// is not asked again, and the last search, in which nothing breaks, is what the rest holds by. Promises are asked in one search of
/// their own behind that, which nothing that breaks can stop.
public struct Judgements: Sendable {
  public enum Answer: Hashable, Sendable {
    case holds
    /// A promise of which nothing was ever owed: kept, and nothing is said by it.
    case neverOwed
    /// The shortest way there, the same as that of a check that asks for nothing else.
    case broken(Finding)
    /// Why nothing is known.
    case incomplete(String)
  }

  public let model: Model
  /// What was asked: properties in the model's order, then promises in theirs.
  public private(set) var answers: [(asked: Finding.Witness, answer: Answer)] = []
  /// In the order in which they were found: what a check finds comes first, promises last.
  public private(set) var found: [Finding] = []
  /// What the model has to come to and nowhere does; nil where no search saw all of it.
  public private(set) var notReached: [Milestone]?
  /// Those of them that were asked.
  public var missed: [Milestone] { (notReached ?? []).filter(model.milestones.contains) }
  /// Steps that the answers say nothing of; nil where no search saw all of it.
  public private(set) var unsaid: UnsaidSteps?
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
    try askProperties(options)
    try askPromises(options)
  }

  private mutating func askProperties(_ options: SearchOptions) throws(Failure) {
    var open = model.properties
    var rest: Answer = .holds
    while !open.isEmpty {
      // A set-up that broke something, and without being asked for it does not end.
      guard let current = try? model.asking(open) else {
        rest = .incomplete("set-up")
        break
      }
      let check = try ask(current, options)
      guard let counterexample = check.counterexample, open.contains(counterexample.property) else {
        if check.report.end == .exhausted { (notReached, unsaid) = (check.notReached, check.unsaid) }
        if case .incomplete(let reason) = check.verdict { rest = .incomplete(reason) }
        break
      }
      found.append(Finding(counterexample))
      open.removeAll { $0 == counterexample.property }
    }
    answers = model.properties.map { property in (.property(property), finding(.property(property)).map { .broken($0) } ?? rest) }
  }

  private mutating func askPromises(_ options: SearchOptions) throws(Failure) {
    guard !model.promises.isEmpty else { return }
    guard let current = try? model.asking([], model.promises) else {
      answers += model.promises.map { (.promise($0), .incomplete("set-up")) }
      return
    }
    let check = try ask(current, options)
    if check.report.end == .exhausted { (notReached, unsaid) = (check.notReached, check.unsaid) }
    found += check.lapses.map { Finding($0) }
    for promise in model.promises {
      let answer: Answer
      if let finding = finding(.promise(promise)) {
        answer = .broken(finding)
      } else if let reason = check.whyUnknown(promise) {
        answer = .incomplete(reason)
      } else {
        answer = check.neverOwed.contains(promise) ? .neverOwed : .holds
      }
      answers.append((.promise(promise), answer))
    }
  }

  private mutating func ask(_ model: Model, _ options: SearchOptions) throws(Failure) -> Check {
    let check: Check
    do { check = try Check(model, options: options) } catch { throw .search(error) }
    states = max(states, check.report.states)
    transitions = max(transitions, check.report.transitions)
    return check
  }

  private func finding(_ asked: Finding.Witness) -> Finding? { found.first { $0.witness == asked } }

  public subscript(_ asked: Finding.Witness) -> Answer? { answers.first { $0.asked == asked }?.answer }
  public var isComplete: Bool { !answers.contains { if case .incomplete = $0.answer { true } else { false } } }
}

extension Model {
  /// The same world with the same procedures, asked for less.
  func asking(_ properties: [Property], _ promises: [Promise] = []) throws(Failure) -> Model {
    try Model(
      kind, procedures: procedures, bounds: book.bounds, isHostile: book.cast == .hostileVMM, with: optional, parameters: book.parameters,
      properties: properties, promises: promises)
  }
}

extension Check {
  /// Why nothing is known of a promise that was not seen to be broken; nil where it is kept.
  fileprivate func whyUnknown(_ promise: Promise) -> String? {
    for (instance, outcome) in zip(model.promiseInstances, report.liveness?.outcomes ?? []) where instance.promise == promise {
      if case .incomplete(let reason) = outcome { return reason.rawValue }
    }
    if case .incomplete(let reason) = verdict { return reason }
    return report.liveness == nil ? "liveness" : nil
  }
}
