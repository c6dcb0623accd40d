extension Report: CustomStringConvertible {
  /// For people, in 80 columns: the answers, the runs that show a violation, what never happened, and one line with the verdict.
  public var description: String {
    var page = TextLines()
    page.add(model)
    page.add()
    let kindWidth = answers.map(\.kind.rawValue.count).max() ?? 0
    for answer in answers { page.add("\(answer.outcome.mark) \(padded(answer.kind.rawValue, kindWidth))  ", answer.line) }
    for answer in answers {
      guard case .violated(let run) = answer.outcome else { continue }
      page.add()
      let length = counted(run.steps.count, "step") + (run.isShortest ? "" : ", perhaps not the fewest")
      page.add("✗ ", "\(answer.property): \(length)")
      page.add()
      run.print(to: &page)
    }
    if !neverFired.isEmpty {
      page.add()
      page.add(isExhaustive ? "never fired: " : "not fired so far: ", neverFired.joined(separator: ", "))
    }
    page.add()
    let counts = "\(counted(states, "state")), \(counted(Int(clamping: transitions), "transition")), depth \(depth)"
    page.add(counts + (isExhaustive ? ", exhaustive" : ", not exhaustive"))
    page.add("verdict: ", verdictLine)
    return page.text
  }

  private var verdictLine: String {
    switch verdict {
    case .holds: "holds"
    case .violated(let property): "violated, \(property)"
    case .incomplete(let reason): "incomplete, \(reason.rawValue)"
    }
  }
}

extension Report.Answer {
  fileprivate var line: String {
    switch outcome {
    case .holds, .violated: property
    case .neverHadAChance: "\(property): never had a chance"
    case .reached(let run): "\(property): reached in \(counted(run.steps.count, "step"))"
    case .neverReached: "\(property): never reached"
    case .undecided(let reason): "\(property): not decided, \(reason.rawValue)"
    }
  }
}

extension Outcome {
  fileprivate var mark: String {
    switch self {
    case .holds, .reached: "✓"
    case .violated, .neverReached: "✗"
    case .neverHadAChance: "○"
    case .undecided: "?"
    }
  }
}
