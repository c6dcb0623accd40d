import Exploration

extension Model {
  /// The steps that labels stand for, performed once more.
  func run(_ path: [UInt32], end: Run.End = .there, isShortest: Bool = true) -> Run {
    var state = initial
    var steps: [Run.Step] = []
    for label in path {
      let place = labels[Int(label)]
      guard let next = actions[place.action].attempt(place.instance, state) else { break }
      let name = actions[place.action].instances[place.instance]
      if let refusal = next.refusal {
        steps.append(Run.Step(action: name, changes: [], refused: refused(refusal)))
        break
      }
      steps.append(Run.Step(action: name, changes: changes(from: state, to: next), refused: nil))
      state = next
    }
    let beginning = columns.map { column in
      Run.Start(field: column.name, count: column.isIndexed ? column.place.count : nil, value: column.value(column.initial))
    }
    return Run(beginning: beginning, steps: steps, end: end, isShortest: isShortest)
  }

  func run(_ lasso: Lasso) -> Run {
    let end = lasso.cycle.isEmpty ? Run.End.standsStill : .repeats(from: lasso.stem.count)
    return run(lasso.stem + lasso.cycle, end: end, isShortest: lasso.isShortest)
  }

  private func refused(_ refusal: State.Refusal) -> Run.Refused {
    let column = columns[Int(refusal.column)]
    let number: Int? = if case .numbers = column.domain { refusal.number } else { nil }
    return Run.Refused(
      field: column.name, index: column.isIndexed ? Int(refusal.element) : nil, number: number, range: column.range)
  }
}
