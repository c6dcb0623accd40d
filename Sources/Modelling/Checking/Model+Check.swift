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
    let unbroken: Outcome =
      switch found.end {
      case .exhausted: .holds
      case .stoppedAtViolation: .undecided(.stopped)
      case .incomplete(let reason): .undecided(reason)
      }
    outcomes = model.properties.map { _ in unbroken }
    for violation in found.violations { take(violation) }
    for i in model.properties.indices {
      switch model.properties[i].form {
      case .sometimes(let predicate):
        if let way = model.way(in: explorer, to: predicate) {
          outcomes[i] = way.map(Outcome.reached) ?? .undecided(.unrepeatable)
        } else if unbroken == .holds {
          outcomes[i] = .neverReached
        }
      case .always(let premise?, _):
        if outcomes[i] == .holds, model.firstState(in: explorer, where: premise) == nil { outcomes[i] = .neverHadAChance }
      default: break
      }
    }
    for (i, outcome) in zip(model.promises.properties, found.liveness?.outcomes ?? []) { outcomes[i] = answer(outcome) }
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
      guard let way = model.way(in: explorer, to: { !holds($0) }) else { continue }
      outcomes[i] = way.map(Outcome.violated) ?? .undecided(.unrepeatable)
      if way != nil, !broken.contains(i) { broken.append(i) }
    }
  }

  /// Why nothing is proved, if that is so.
  var incompleteness: Incompleteness? {
    for case .undecided(let reason) in outcomes { return reason }
    return nil
  }
}

extension Model {
  /// A shortest run to a stored state of which something holds; nil inside if the way there does not lead there any more, because
  /// some closure is no function of its state.
  func way(in explorer: borrowing Explorer, to predicate: Property.Predicate) -> Run?? {
    guard let index = firstState(in: explorer, where: predicate) else { return nil }
    return .some(explorer.path(to: index).map { run($0) })
  }

  /// The number of the first stored state of which something holds: none is nearer to the initial one.
  func firstState(in explorer: borrowing Explorer, where predicate: Property.Predicate) -> Int? {
    for index in 0..<explorer.stateCount {
      if explorer.withState(index, { predicate(State($0, width: width, schema: initial.schema)) }) { return index }
    }
    return nil
  }
}
