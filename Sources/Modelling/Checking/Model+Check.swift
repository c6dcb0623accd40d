import Exploration

extension Model {
  /// Visits every state that can be reached, and says what came of it. The same model and options give the same report.
  /// - Throws: when a bound in `options` makes no sense, or there is no address space.
  public func check(_ options: CheckOptions = CheckOptions()) throws(ModelError) -> Report {
    do {
      var explorer = try Explorer(system, options: options.search, liveness: liveness)
      let found = explorer.run()
      var answers = Answers(self, found, explorer)
      if !options.stopsAtFirst, !found.violations.isEmpty { answers.lookAgain(explorer) }
      return Report(self, found, answers)
    } catch {
      throw .search(error)
    }
  }
}

/// What is found out about each property.
struct Answers {
  private let model: Model
  /// One for each property of the model.
  private(set) var outcomes: [Outcome]
  /// A run to a value out of range, if there is one.
  private(set) var overflow: Run?
  /// The properties that broke, by their positions; the one that ended the search first.
  private(set) var broken: [Int] = []

  init(_ model: Model, _ found: SearchReport, _ explorer: borrowing Explorer) {
    self.model = model
    let isExhausted = found.end == .exhausted
    let shortfall: Incompleteness =
      switch found.end {
      case .exhausted: .interrupted
      case .stoppedAtViolation: .stopped
      case .incomplete(let reason): reason
      }
    outcomes = model.properties.map { _ in isExhausted ? .holds : .undecided(shortfall) }
    for violation in found.violations { take(violation) }
    for i in model.properties.indices {
      switch model.properties[i].form {
      case .sometimes(let predicate):
        if let index = model.firstState(in: explorer, where: predicate), let path = explorer.path(to: index) {
          outcomes[i] = .reached(model.run(path))
        } else if isExhausted {
          outcomes[i] = .neverReached
        }
      case .always(let premise?, _):
        if outcomes[i] == .holds, model.firstState(in: explorer, where: premise) == nil { outcomes[i] = .neverHadAChance }
      default: break
      }
    }
    for (i, outcome) in zip(model.promises.properties, found.liveness?.outcomes ?? []) {
      outcomes[i] = answer(outcome)
    }
    broken += outcomes.indices.filter { i in !broken.contains(i) && outcomes[i].isBroken }
  }

  private mutating func take(_ violation: Violation) {
    let run = model.run(violation.path)
    if violation.property == State.outOfRange {
      overflow = run
    } else {
      let property = Int(violation.property) - 1
      outcomes[property] = .violated(run)
      broken.append(property)
    }
  }

  private func answer(_ outcome: LivenessOutcome) -> Outcome {
    switch outcome {
    case .holds: .holds
    case .vacuous: .neverHadAChance
    case .incomplete(let reason): .undecided(reason)
    case .violated(let lasso): .violated(model.run(lasso))
    }
  }

  /// For whoever goes on behind a violation. The search asks a state until one property breaks, and does not see what else is
  /// broken there; so each invariant is asked of the stored states once more, and alone. They are stored nearest first.
  mutating func lookAgain(_ explorer: borrowing Explorer) {
    for (i, holds) in model.invariants {
      guard let index = model.firstState(in: explorer, where: { !holds($0) }), let path = explorer.path(to: index) else { continue }
      outcomes[i] = .violated(model.run(path))
      if !broken.contains(i) { broken.append(i) }
    }
  }
}

extension Model {
  /// The number of the first stored state of which something holds: none is nearer to the initial one.
  func firstState(in explorer: borrowing Explorer, where predicate: Property.Predicate) -> Int? {
    for index in 0..<explorer.stateCount {
      if explorer.withState(index, { predicate(State($0, width: width, schema: initial.schema)) }) { return index }
    }
    return nil
  }
}
