import Charts
import Exploration
import Models
import Primitives
import Rules
import Scenarios

/// What a check without a counterexample has covered: what was asked and what was not, how far, and what never got its chance.
struct Coverage {
  let check: Check
  let platform: Platform
  let line: String

  func document(_ format: OutputFormat) throws -> String {
    switch format {
    case .json: return json
    case .text: return text
    case .mermaid: return MermaidChart.note(title, line, below: text)
    case .html:
      do { return try HTMLChart.render(chart) } catch { throw Leave.badInput("\(error)") }
    }
  }

  /// A page without a sequence: nothing went wrong that could be drawn.
  private var chart: Chart {
    let header = [Fact("variant", model.procedures.variant.name), Fact("size", size), Fact("evidence:", Recording.evidence)]
    let asked = model.properties.map { Fact(propertyMark, $0.sentence + chance(of: $0)) } + model.promises.map { Fact(promiseMark, $0.sentence) }
    let rest = model.notAsked.map { Fact("not asked", "\($0.property.sentence) (\($0.reason))") }
    func unseen(_ milestones: [Milestone]) -> [Fact] { milestones.map { Fact(unseenMark, sentence(of: $0)) } }
    let inferred = check.inferred.map { Fact("inferred", "\($0.sentence): \($0.id)") }
    let steps = unsaid.map { Fact($0, $1.steps.joined(separator: ", ")) }
    let ends = check.halts.map { Fact("\($0.procedure.id) ends", $0.sentence) }
    let notes = unseen(check.missed) + ends + asked + rest + unseen(unmet) + inferred + steps
    return Chart(title: title, header: header, notes: notes, resultLine: line)
  }

  private var model: Model { check.model }
  private var isWalk: Bool { check.isWalk }
  /// What all states were looked through for holds, whatever was not come to about behaviours.
  private var propertyMark: String { check.report.end == .exhausted ? "holds" : "so far" }
  private func chance(of property: Property) -> String { check.neverHadAChance.contains(property) ? " (it never had a chance)" : "" }
  private var promiseMark: String { check.report.isExhaustive ? "holds" : "so far" }
  /// What was asked for by name and reached. Of what is asked anyway the number is said.
  private var named: [Milestone] {
    model.milestones == model.wanted.filter(\.isOwed) ? [] : model.milestones.filter { !check.notReached.contains($0) }
  }
  /// What was not reached, and is not what the verdict is about.
  private var unmet: [Milestone] { check.notReached.filter { !check.missed.contains($0) } }
  private func sentence(of milestone: Milestone) -> String {
    let isDanger = !milestone.isOwed && !model.milestones.contains(milestone)
    return "\(milestone.sentence): \(milestone.id)" + (isDanger ? " (a danger that is not met breaks nothing)" : "")
  }
  private var unseenMark: String { check.report.end == .exhausted ? "NOT REACHED" : "not reached so far" }

  private var title: String { "\(model.kind.rawValue) on \(platform.rawValue)" }
  private var size: String { model.book.bounds.size }

  private var unsaid: [(String, ProcedureSteps)] {
    UnsaidSteps.Kind.allCases.flatMap { kind in
      check.unsaid[kind].map { (kind.headline(of: $0, isWhole: check.report.isExhaustive), $0) }
    }
  }

  private var text: String {
    var lines = ["\(title)   \(size)   variant \(model.procedures.variant.name)", "  evidence: \(Recording.evidence)"]
    func column(_ mark: String) -> String { "  " + mark + String(repeating: " ", count: 8 - mark.count) }
    // What the verdict is about comes first.
    for milestone in check.missed { lines.append(column("✗") + "\(unseenMark): " + sentence(of: milestone)) }
    for halt in check.halts { lines.append("          \(halt.procedure.id): \(halt.sentence)") }
    for property in model.properties { lines.append(column(propertyMark) + property.sentence + chance(of: property)) }
    for (property, reason) in model.notAsked { lines.append("  -       not asked: \(property.sentence) (\(reason))") }
    for promise in model.promises {
      lines.append(column(promiseMark) + promise.sentence + (check.neverOwed.contains(promise) ? " (it was never owed)" : ""))
    }
    if model.promises.isEmpty, !model.kind.promises.isEmpty { lines.append("  -       not asked: what must come (asked with --liveness)") }
    if !isWalk {
      for milestone in named { lines.append(column("reached") + sentence(of: milestone)) }
      let wanted = model.wanted.count
      lines.append("  reached \(wanted - check.notReached.count) of \(wanted) things that it has to come to somewhere")
    }
    for milestone in unmet { lines.append("  \(unseenMark): " + sentence(of: milestone)) }
    for rule in check.inferred { lines.append("  inferred \(rule.sentence): \(rule.id)") }
    let never = check.neverFired
    if !never.isEmpty { lines.append("  never led anywhere: " + never.map(\.description).joined(separator: ", ")) }
    for (what, list) in unsaid { lines.append("  \(what): " + list.steps.joined(separator: ", ")) }
    return lines.map { folded($0, hanging: 10) }.joined(separator: "\n")
  }

  private var json: String {
    let bounds = model.book.bounds, report = check.report
    let fields = Field.allCases.map { field -> JSONValue in
      .members(["name": .string("\(field)"), "axis": .string("\(field.axis)"), "bits": JSONValue(field.place.bits)])
    }
    let header = JSONValue.members([
      "model": .string(model.kind.rawValue), "platform": .string(platform.rawValue), "variant": .string(model.procedures.variant.name),
      "faults": JSONValue(model.procedures.faults), "cast": .string(model.book.cast.name), "evidence": .string(Recording.evidence),
      "bounds": .members([
        "devices": JSONValue(bounds.devices), "pages": JSONValue(bounds.pages), "importers": JSONValue(bounds.importers),
        "memory": JSONValue(bounds.memory),
      ]),
      "fields": .array(fields),
    ])
    var verdict = "holds", reason: JSONValue?, missed: JSONValue?
    switch check.verdict {
    case .incomplete(let why): (verdict, reason) = ("incomplete", .string(why))
    case .neverReached(let milestone): (verdict, missed) = ("violated", .string(milestone.id))
    case .holds, .violated, .notKept: break
    }
    let result = JSONValue.members([
      "verdict": .string(verdict), "property": missed, "reason": reason, "exhaustive": .boolean(report.isExhaustive),
      "states": JSONValue(report.states),
      "transitions": JSONValue(report.transitions), "depth": JSONValue(report.depth), "properties": JSONValue(model.properties.map(\.id)),
      "notAsked": JSONValue(model.notAsked.map(\.property.id)), "promises": JSONValue(model.promises.map(\.id)),
      "milestones": JSONValue(model.milestones.map(\.id)),
      "notReached": isWalk ? nil : JSONValue(check.notReached.map(\.id)), "inferred": JSONValue(check.inferred.map(\.id)),
      "halts": check.halts.isEmpty ? nil : .array(check.halts.map(\.json)),
      "neverHadAChance": isWalk ? nil : JSONValue(check.neverHadAChance.map(\.id)),
      "neverOwed": JSONValue(check.neverOwed.map(\.id)),
      "neverFired": JSONValue(check.neverFired.map(\.description)),
      "leftOut": check.unsaid.json(.leftOut), "added": check.unsaid.json(.added),
      "withoutEffect": isWalk ? nil : check.unsaid.json(.withoutEffect),
      "neverRefused": isWalk ? nil : check.unsaid.json(.neverRefused), "neverBusy": isWalk ? nil : check.unsaid.json(.neverBusy),
    ])
    return [JSONValue.members(["header": header]), .members(["result": result])].map(\.text).joined(separator: "\n")
  }
}

extension Halt {
  /// Of many refusals the first ones: what is behind them is their consequence.
  fileprivate var sentence: String {
    guard isBegun else { return "nobody comes to begin it" }
    let refusals = refused.prefix(2).map { refusal in
      let guards = refusal.guards.filter { $0 != .notNow }.map(\.id)
      return guards.isEmpty ? "\(refusal.step) never finds anything to do" : "\(refusal.step) is refused by \(guards.joined(separator: ", "))"
    }
    let parts = refusals + (unreached.map { ["nobody comes to \($0)"] } ?? [])
    return parts.isEmpty ? "all its steps are done" : parts.joined(separator: "; ")
  }

  fileprivate var json: JSONValue {
    .members([
      "procedure": .string(procedure.id),
      "refused": .array(refused.map { .members(["step": .string($0.step), "guards": JSONValue($0.guards.map(\.id))]) }),
      "unreached": unreached.map { .string($0) },
    ])
  }
}
