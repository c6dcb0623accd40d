import Primitives

extension Report {
  /// The same as the description, for programs: one line of JSON. Keys are always in the same order, and what is not there is
  /// left out.
  public var json: String { document.text }

  private var document: JSONValue {
    let (word, property, reason): (String, String?, String?) =
      switch verdict {
      case .holds: ("holds", nil, nil)
      case .violated(let property): ("violated", property, nil)
      case .incomplete(let reason): ("incomplete", nil, reason.rawValue)
      }
    return .members([
      "model": .string(model), "verdict": .string(word), "property": property.map(JSONValue.string),
      "reason": reason.map(JSONValue.string), "exhaustive": .boolean(isExhaustive), "states": JSONValue(states),
      "transitions": JSONValue(transitions), "depth": JSONValue(depth), "peakBytes": JSONValue(peakBytes),
      "answers": .array(answers.map(\.json)), "neverFired": JSONValue(neverFired),
    ])
  }
}

extension Report.Answer {
  fileprivate var json: JSONValue {
    let (word, run, reason): (String, Run?, String?) =
      switch outcome {
      case .holds: ("holds", nil, nil)
      case .neverHadAChance: ("never-had-a-chance", nil, nil)
      case .violated(let run): ("violated", run, nil)
      case .reached(let run): ("reached", run, nil)
      case .neverReached: ("never-reached", nil, nil)
      case .undecided(let reason): ("undecided", nil, reason.rawValue)
      }
    return .members([
      "property": .string(property), "kind": .string(kind.rawValue), "outcome": .string(word),
      "reason": reason.map(JSONValue.string), "run": run?.json,
    ])
  }
}

extension Run {
  fileprivate var json: JSONValue {
    let (word, from): (String, Int?) =
      switch end {
      case .there: ("there", nil)
      case .standsStill: ("stands-still", nil)
      case .repeats(let from): ("repeats", from)
      }
    return .members([
      "shortest": .boolean(isShortest), "end": .string(word), "repeatsFrom": from.map { JSONValue($0) },
      "beginning": .array(
        beginning.map {
          .members(["field": .string($0.field), "count": $0.count.map { JSONValue($0) }, "value": $0.value.json])
        }), "steps": .array(steps.map(\.json)),
    ])
  }
}

extension Run.Step {
  fileprivate var json: JSONValue {
    .members([
      "action": .string(action),
      "changes": .array(
        changes.map {
          .members([
            "field": .string($0.field), "index": $0.index.map { JSONValue($0) }, "before": $0.before.json, "after": $0.after.json,
          ])
        }),
      "refused": refused.map {
        .members([
          "field": .string($0.field), "index": $0.index.map { JSONValue($0) }, "number": $0.number.map { JSONValue($0) },
          "range": .string($0.range),
        ])
      },
    ])
  }
}

extension FieldValue {
  fileprivate var json: JSONValue {
    switch self {
    case .word(let word): .string(word)
    case .flag(let flag): .boolean(flag)
    case .number(let number): JSONValue(number)
    }
  }
}
