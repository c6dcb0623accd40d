import Machine
import Primitives
import Rules

extension RecordedEvent {
  var json: JSONValue {
    .members([
      "index": JSONValue(index), "actor": .string(actor), "peer": peer.map { .string($0) }, "call": .string(call),
      "args": args.isEmpty
        ? nil : .object(args.map { .init($0.key, $0.values.count == 1 ? .string($0.values[0]) : JSONValue($0.values)) }),
      "object": object.map { .string($0) }, "outcome": .string(outcome.rawValue), "code": code.map { .string($0) },
      "guard": guardID.map { .string($0) }, "property": property.map { .string($0) }, "declared": isDeclared.map { .boolean($0) },
      "phase": .string(phase), "action": action.map { .string($0) },
      "changes": changes.isEmpty ? nil : .array(changes.map { JSONValue([$0.place, $0.before, $0.after]) }),
      "accesses": accesses.isEmpty ? nil : JSONValue(accesses), "bookkeeping": isBookkeeping ? .boolean(true) : nil,
    ])
  }

  static let keys = [
    "index", "actor", "peer", "call", "args", "object", "outcome", "code", "guard", "property", "declared", "phase", "action", "changes",
    "accesses", "bookkeeping",
  ]

  init(_ value: JSONValue, _ bounds: Bounds) throws(JSONObject.Failure) {
    let map = try JSONObject(value, "event", keys: Self.keys)
    guard let outcome = Event.Kind(rawValue: try map.string("outcome")) else { throw JSONObject.Failure(message: "event.outcome is unknown") }
    self.init(
      index: Int(try map.integer("index", in: 0...1 << 32)), phase: try map.string("phase"), actor: try map.string("actor"),
      call: try map.string("call"), outcome: outcome)
    (peer, object, code) = (try map.optionalString("peer"), try map.optionalString("object"), try map.optionalString("code"))
    if let id = try map.optionalString("guard") {
      guard Guard(id: id) != nil else { throw JSONObject.Failure(message: "event.guard is unknown") }
      guardID = id
    }
    if let id = try map.optionalString("property") {
      guard Property(id: id) != nil else { throw JSONObject.Failure(message: "event.property is unknown") }
      property = id
    }
    if let text = try map.optionalString("action") { action = try Action(recorded: text, bounds).description }
    if map.optional("declared") != nil { isDeclared = try map.boolean("declared") }
    if map.optional("bookkeeping") != nil { isBookkeeping = try map.boolean("bookkeeping") }
    if map.optional("accesses") != nil { accesses = try map.strings("accesses") }
    if case .object(let members)? = map.optional("args") {
      for member in members {
        switch member.value {
        case .string(let text): args.append(Argument(key: member.key, values: [text]))
        case .array:
          args.append(Argument(key: member.key, values: try JSONObject(.object([member]), "event.args", keys: [member.key]).strings(member.key)))
        default: throw JSONObject.Failure(message: "event.args.\(member.key.prefix(40)) is neither a text nor a list of texts")
        }
      }
    } else if map.optional("args") != nil {
      throw JSONObject.Failure(message: "event.args is no object")
    }
    if map.optional("changes") != nil {
      for change in try map.array("changes") {
        guard case .array(let parts) = change, parts.count == 3, case .string(let place) = parts[0], case .string(let before) = parts[1],
          case .string(let after) = parts[2]
        else { throw JSONObject.Failure(message: "event.changes is not a list of [place, before, after]") }
        changes.append(Change(place: place, before: before, after: after))
      }
    }
  }
}
