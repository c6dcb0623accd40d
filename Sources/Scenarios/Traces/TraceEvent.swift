import Machine
import Primitives
import Rules

/// One line of an event log from anywhere: what it says of an event, and nil for what it does not say.
///
/// A machine's own log says everything. One that was converted from a real system has no `action`, and often no outcome: such a
/// call was made and came back, so it is read as `ok`.
public struct TraceEvent: Hashable, Sendable {
  /// In the file, from 1.
  public var line: Int
  public var index: Int?
  public var actor: String?
  public var peer: String?
  /// Empty where the log has an `action` only, and nowhere else.
  public var call: String
  public var args: [RecordedEvent.Argument] = []
  public var object: String?
  public var outcome = Event.Kind.ok
  public var code: String?
  public var guardID: String?
  public var property: String?
  /// The action as text, not yet looked at.
  public var action: String?
  public var changes: [RecordedEvent.Change]?

  public func argument(_ key: String) -> String? { args.first { $0.key == key }?.values.first }

  /// As it is drawn and said: `kvm → firmware  TDH.MMIO.MAP  0000:01:00.0/BAR0+0x0`.
  public var text: String {
    var text = actor.map { $0 + (peer.map { " → \($0)" } ?? "") + "   " } ?? ""
    text += call.isEmpty ? action ?? "" : call
    return text + (object.map { "   \($0)" } ?? "")
  }
  /// `refused TDX_... (guard)`.
  var ending: String { ([outcome.rawValue, code, guardID.map { "(\($0))" }, property] as [String?]).compactMap { $0 }.joined(separator: " ") }
}

extension TraceEvent {
  /// Bytes of a name: no device, page or action has more, and whatever has is not looked at.
  static let longest = 1024

  /// Members that are not known are passed by: a converter may keep what it likes.
  init(_ value: JSONValue, line: Int) throws(JSONObject.Failure) {
    guard case .object(let members) = value else { throw JSONObject.Failure(message: "an event is expected: an object with a call") }
    let map = try JSONObject(value, "event", keys: members.map(\.key))
    self.line = line
    if map.optional("index") != nil { index = Int(try map.integer("index", in: 0...1 << 48)) }
    (actor, peer, object) = (try map.optionalString("actor"), try map.optionalString("peer"), try map.optionalString("object"))
    action = try map.optionalString("action")
    call = try action == nil || map.optional("call") != nil ? map.string("call") : ""
    if map.optional("call") != nil, call.isEmpty { throw JSONObject.Failure(message: "event.call is empty\n  expected what was done") }
    for (name, text) in [("call", call), ("action", action ?? ""), ("object", object ?? "")] where text.utf8.count > Self.longest {
      throw JSONObject.Failure(message: "event.\(name) is \(text.utf8.count) bytes long\n  expected at most \(Self.longest)")
    }
    if let word = try map.optionalString("outcome") {
      guard let outcome = Event.Kind(rawValue: word) else {
        let known = Event.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw JSONObject.Failure(message: "event.outcome is '\(word.prefix(40))'\n  expected one of: \(known)")
      }
      self.outcome = outcome
    }
    (code, guardID, property) = (try map.optionalString("code"), try map.optionalString("guard"), try map.optionalString("property"))
    if map.optional("args") != nil { args = try Self.arguments(map.value("args")) }
    if map.optional("changes") != nil { changes = try Self.changes(map.array("changes")) }
  }

  private static func arguments(_ value: JSONValue) throws(JSONObject.Failure) -> [RecordedEvent.Argument] {
    guard case .object(let members) = value else { throw JSONObject.Failure(message: "event.args is no object") }
    return members.map { member in
      switch member.value {
      case .string(let text): RecordedEvent.Argument(key: member.key, values: [text])
      case .integer(let number): RecordedEvent.Argument(key: member.key, values: [String(number)])
      case .array(let values): RecordedEvent.Argument(key: member.key, values: values.map(\.text))
      default: RecordedEvent.Argument(key: member.key, values: [member.value.text])
      }
    }
  }

  private static func changes(_ values: [JSONValue]) throws(JSONObject.Failure) -> [RecordedEvent.Change] {
    var changes: [RecordedEvent.Change] = []
    for change in values {
      guard case .array(let parts) = change, parts.count == 3, case .string(let place) = parts[0], case .string(let before) = parts[1],
        case .string(let after) = parts[2]
      else { throw JSONObject.Failure(message: "event.changes is not a list of [place, before, after]") }
      changes.append(RecordedEvent.Change(place: place, before: before, after: after))
    }
    return changes
  }
}
