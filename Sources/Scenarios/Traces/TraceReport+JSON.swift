import Machine
import Primitives
import Rules

extension TraceReport {
  /// A header, and the result.
  public var json: String {
    [JSONValue.members(["header": header]), .members(["result": result])].map(\.text).joined(separator: "\n")
  }

  private var header: JSONValue {
    let log = check.log, book = check.beginning.book
    return .members([
      "trace": .string(log.file), "platform": .string(platform), "kind": log.header.map { .string($0.kind.rawValue) },
      "name": log.header.map { .string($0.name) }, "variant": (check.beginning.variant ?? log.variant).map { .string($0) },
      "cast": .string(book.cast.name), "bounds": book.bounds.json, "events": JSONValue(log.events.count),
      "nonTEEPages": JSONValue(check.guessedPages),
    ])
  }

  private var result: JSONValue {
    var verdict = "allowed", refusal: TraceRefusal?
    switch check.verdict {
    case .allowed: break
    case .refused(let why): (verdict, refusal) = ("refused", why)
    case .ambiguous: verdict = "incomplete"
    }
    return .members([
      "verdict": .string(verdict), "events": JSONValue(check.allowed), "unjudged": JSONValue(check.unjudged),
      "violations": .array(check.violations.map { .members(["event": JSONValue($0.event), "property": .string($0.property.id)]) }),
      "refused": refusal.map(Self.json), "last": .string(line),
    ])
  }

  private static func json(_ refusal: TraceRefusal) -> JSONValue {
    var log: String?, rules: String?, property: Property?
    switch refusal.reason {
    case .otherOutcome(let a, let b), .otherValue(_, let a, let b): (log, rules) = (a, b)
    case .breaks(let broken): property = broken
    default: break
    }
    return .members([
      "line": JSONValue(refusal.line), "event": JSONValue(refusal.event), "actor": refusal.said?.actor.map { .string($0) },
      "call": refusal.said.map { .string($0.call) }, "object": refusal.said?.object.map { .string($0) },
      "action": refusal.said?.action.map { .string($0) }, "reason": .string(refusal.reason.word), "why": .string(refusal.reason.sentence),
      "guard": refusal.reason.law.map { .string($0.id) }, "code": refusal.reason.law.map { .string($0.entry.code) },
      "source": refusal.reason.law.map { .string($0.entry.source) }, "property": property.map { .string($0.id) },
      "log": log.map { .string($0) }, "rules": rules.map { .string($0) }, "possible": .array(refusal.possible.map(json)),
    ])
  }

  private static func json(_ possible: TraceRefusal.Possible) -> JSONValue {
    .members([
      "actor": .string(possible.name.actor), "peer": possible.name.peer.map { .string($0) }, "call": .string(possible.name.call),
      "object": possible.name.object.map { .string($0) }, "action": .string(possible.action.description),
      "breaks": possible.breaks.map { .string($0.id) },
    ])
  }
}
