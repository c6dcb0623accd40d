import Primitives
import Rules

extension RecordedResult {
  var json: JSONValue {
    .members([
      "line": .string(line), "exit": JSONValue(exitStatus), "events": events.map { JSONValue($0) }, "steps": JSONValue(steps),
      "refused": JSONValue(refused),
      "faults": JSONValue(faults), "bytes": JSONValue(bytes),
      "violation": violation.map { .members(["property": .string($0.property.id), "event": JSONValue($0.event)]) },
      "memory": .string(memory), "phases": JSONValue(phases), "transfers": .array(transfers.map(\.json)), "ends": JSONValue(ends),
      "mismatches": JSONValue(mismatches), "passesIf": passesIf.isEmpty ? nil : JSONValue(passesIf),
      "inferred": inferred.isEmpty ? nil : JSONValue(inferred.map(\.id)),
    ])
  }

  static let keys = [
    "line", "exit", "events", "steps", "refused", "faults", "bytes", "violation", "memory", "phases", "transfers", "ends", "mismatches", "passesIf",
    "inferred",
  ]

  init(_ value: JSONValue) throws(JSONObject.Failure) {
    let map = try JSONObject(value, "result", keys: Self.keys)
    let most = Int64(1) << 48
    var violation: RecordedViolation?
    if map.optional("violation") != nil {
      let object = try map.object("violation", keys: ["property", "event"])
      guard let property = Property(id: try object.string("property")) else {
        throw JSONObject.Failure(message: "result.violation.property is unknown")
      }
      violation = RecordedViolation(property: property, event: Int(try object.integer("event", in: 0...most)))
    }
    var transfers: [TransferRecord] = []
    for value in try map.array("transfers", atMost: ScenarioFile.stepLimit) { transfers.append(try TransferRecord(value)) }
    var inferred: [InferredRule] = []
    for id in map.optional("inferred") == nil ? [] : try map.strings("inferred", atMost: InferredRule.allCases.count) {
      guard let rule = InferredRule(id: id) else { throw JSONObject.Failure(message: "result.inferred names a rule that is unknown") }
      inferred.append(rule)
    }
    let passesIf = map.optional("passesIf") == nil ? [] : try map.strings("passesIf", atMost: 16)
    guard Set(inferred).count == inferred.count, passesIf.allSatisfy({ $0.utf8.count <= 4096 }) else {
      throw JSONObject.Failure(message: "result: each inferred rule is named once, and a sentence of passesIf has at most 4096 bytes")
    }
    self.init(
      line: try map.string("line"), exitStatus: Int32(try map.integer("exit", in: 0...3)),
      events: map.optional("events") == nil ? nil : Int(try map.integer("events", in: 0...most)), steps: Int(try map.integer("steps", in: 0...most)),
      refused: Int(try map.integer("refused", in: 0...most)), faults: Int(try map.integer("faults", in: 0...most)),
      bytes: UInt64(try map.integer("bytes", in: 0...most)), violation: violation, memory: try map.string("memory"),
      phases: try map.strings("phases", atMost: ScenarioFile.stepLimit), transfers: transfers, ends: try map.strings("ends"),
      mismatches: try map.strings("mismatches"), passesIf: passesIf,
      inferred: inferred)
  }
}

extension TransferRecord {
  var json: JSONValue {
    .members([
      "phase": .string(phase), "private": .boolean(isPrivate), "bytes": JSONValue(bytes), "payload": .string(payload),
      "guest": .string(guest), "device": .string(device), "host": .string(host), "failure": failure.map { .string($0) },
    ])
  }

  init(_ value: JSONValue) throws(JSONObject.Failure) {
    let map = try JSONObject(value, "result.transfers", keys: ["phase", "private", "bytes", "payload", "guest", "device", "host", "failure"])
    self.init(
      phase: try map.string("phase"), isPrivate: try map.boolean("private"), bytes: Int(try map.integer("bytes", in: 0...1 << 48)),
      payload: try map.string("payload"), guest: try map.string("guest"), device: try map.string("device"), host: try map.string("host"),
      failure: try map.optionalString("failure"))
  }
}
