import Foundation
import Machine
import Primitives
import Procedures
import Rules
import TEE

extension RecordingHeader {
  var json: JSONValue {
    .members([
      "format": .string(Self.format), "kind": .string(kind.rawValue), (kind == .run ? "scenario" : "model"): .string(name),
      "platform": .string(platform), "variant": .string(host.variant), "seed": .string(String(seed)), "evidence": .string(evidence),
      "property": claim?.property.map { .string($0.id) }, "lapse": claim?.lapseJSON, "id": id.map { .string($0) },
      "faults": JSONValue(faults), "cast": .string(cast.name), "bounds": bounds.json, "parameters": parameters.json,
      "host": host.json, "machine": machine?.json,
      "dumps": dumps.isEmpty ? nil : .array(dumps.map { .members(["file": .string($0.file), "sha256": .string($0.sha256)]) }),
      "source": scenario?.json, "payload": payload?.json, "shape": shape.json,
      "prologue": prologue.isEmpty ? nil : JSONValue(prologue.map(\.description)),
      "world": .array(Field.allCases.map(\.json)),
    ])
  }

  static let keys = [
    "format", "kind", "scenario", "model", "platform", "variant", "seed", "evidence", "property", "lapse", "id", "faults", "cast", "bounds",
    "parameters", "host", "machine", "dumps", "source", "payload", "shape", "prologue", "world",
  ]

  init(_ value: JSONValue) throws(JSONObject.Failure) {
    let map = try JSONObject(value, "header", keys: Self.keys)
    let written = try map.string("format")
    guard written == Self.format else { throw JSONObject.Failure(message: "the format is '\(written.prefix(40))', expected '\(Self.format)'") }
    guard let kind = Kind(rawValue: try map.string("kind")) else {
      throw JSONObject.Failure(message: "header.kind is neither run nor counterexample")
    }
    self.kind = kind
    name = try map.string(kind == .run ? "scenario" : "model")
    platform = try map.string("platform")
    guard let seed = UInt64(try map.string("seed")) else { throw JSONObject.Failure(message: "header.seed is no whole number") }
    self.seed = seed
    evidence = try map.string("evidence")
    host = try HostDescription(map.value("host"), variant: map.string("variant"))
    faults = try map.strings("faults", atMost: 256)
    let cast = try map.string("cast")
    guard let known = Cast.allCases.first(where: { $0.name == cast }) else { throw JSONObject.Failure(message: "header.cast is unknown") }
    self.cast = known
    bounds = try Bounds(json: map.value("bounds"))
    parameters = try Parameters(json: map.value("parameters"))
    shape = try MachineShape(map.value("shape"), bounds)
    if map.optional("machine") != nil { machine = try SourceText(map.value("machine"), "header.machine") }
    if map.optional("source") != nil { scenario = try SourceText(map.value("source"), "header.source") }
    if map.optional("payload") != nil { payload = try PayloadRecord(map.value("payload")) }
    if map.optional("dumps") != nil {
      for value in try map.array("dumps", atMost: 64) {
        let dump = try JSONObject(value, "header.dumps", keys: ["file", "sha256"])
        dumps.append(Dump(file: try dump.string("file"), sha256: try dump.string("sha256")))
      }
    }
    if map.optional("prologue") != nil {
      for text in try map.strings("prologue", atMost: 1 << 16) { prologue.append(try Action(recorded: text, bounds)) }
    }
    if let id = try map.optionalString("property") {
      guard let property = Property(id: id) else { throw JSONObject.Failure(message: "header.property is unknown") }
      claim = .violation(property)
    }
    if map.optional("lapse") != nil { claim = try Claim(lapse: map.value("lapse")) }
    id = try map.optionalString("id")
    let fields = try map.array("world", atMost: 1024)
    guard fields == Field.allCases.map(\.json) else { throw JSONObject.Failure(message: "header.world lists other fields than this version has") }
    guard kind == .run ? machine != nil && scenario != nil && payload != nil : claim != nil else {
      throw JSONObject.Failure(message: "the header of a \(kind.rawValue) is not complete")
    }
  }
}

extension Claim {
  fileprivate var lapseJSON: JSONValue? {
    guard case .lapse(let promise, let turn, let round) = self else { return nil }
    return .members(["promise": .string(promise.id), "turn": JSONValue(turn), "round": JSONValue(round)])
  }

  fileprivate init(lapse value: JSONValue) throws(JSONObject.Failure) {
    let map = try JSONObject(value, "header.lapse", keys: ["promise", "turn", "round"])
    guard let promise = Promise(id: try map.string("promise")) else { throw JSONObject.Failure(message: "header.lapse.promise is unknown") }
    self = .lapse(promise, turn: Int(try map.integer("turn", in: 0...1 << 20)), round: Int(try map.integer("round", in: 0...1 << 20)))
  }
}

extension Action {
  /// Reads an action of a recording; it has to exist in a world of these bounds.
  init(recorded text: String, _ bounds: Bounds) throws(JSONObject.Failure) {
    guard let action = Action(text) else { throw JSONObject.Failure(message: "no action: '\(text.prefix(60))'") }
    guard action.fits(bounds) else { throw JSONObject.Failure(message: "outside the machine: '\(text.prefix(60))'") }
    self = action
  }
}

extension Field {
  /// The world's description: name, what it is counted by, bits.
  var json: JSONValue { .members(["name": .string("\(self)"), "axis": .string("\(axis)"), "bits": JSONValue(place.bits)]) }
}

extension Bounds {
  var json: JSONValue {
    .members(["devices": JSONValue(devices), "pages": JSONValue(pages), "importers": JSONValue(importers), "memory": JSONValue(memory)])
  }
  init(json: JSONValue) throws(JSONObject.Failure) {
    let map = try JSONObject(json, "header.bounds", keys: ["devices", "pages", "importers", "memory"])
    let limit = Bounds.machineLimit
    self.init(
      devices: UInt8(try map.integer("devices", in: 1...Int64(limit.devices))), pages: UInt8(try map.integer("pages", in: 1...Int64(limit.pages))),
      importers: UInt8(try map.integer("importers", in: 0...Int64(limit.importers))),
      memory: UInt8(try map.integer("memory", in: 1...Int64(limit.memory))))
  }
}

extension Parameters {
  var json: JSONValue {
    .members([
      "dmaMayBeAcceptedInRun": .boolean(dmaMayBeAcceptedInRun), "strictDMA": .boolean(strictDMA),
      "iotlbEpochNeedsAcceptedDMA": .boolean(iotlbEpochNeedsAcceptedDMA), "seamcallErrorKillsVM": .boolean(seamcallErrorKillsVM),
      "nonTEEPages": .string("0x" + String(nonTEEPages, radix: 16)), "locksMessages": locksMessages ? true : nil,
    ])
  }
  init(json: JSONValue) throws(JSONObject.Failure) {
    self.init()
    let map = try JSONObject(
      json, "header.parameters",
      keys: ["dmaMayBeAcceptedInRun", "strictDMA", "iotlbEpochNeedsAcceptedDMA", "seamcallErrorKillsVM", "nonTEEPages", "locksMessages"])
    dmaMayBeAcceptedInRun = try map.boolean("dmaMayBeAcceptedInRun")
    strictDMA = try map.boolean("strictDMA")
    iotlbEpochNeedsAcceptedDMA = try map.boolean("iotlbEpochNeedsAcceptedDMA")
    seamcallErrorKillsVM = try map.boolean("seamcallErrorKillsVM")
    nonTEEPages = try map.address("nonTEEPages")
    if map.optional("locksMessages") != nil { locksMessages = try map.boolean("locksMessages") }
  }
}

extension SourceText {
  var json: JSONValue { .members(["file": .string(file), "text": .string(text)]) }
  init(_ value: JSONValue, _ name: String) throws(JSONObject.Failure) {
    let map = try JSONObject(value, name, keys: ["file", "text"])
    self.init(file: try map.string("file"), text: try map.string("text"))
  }
}

extension HostDescription {
  var json: JSONValue {
    .members([
      "procedures": .array(
        replacements.map { .members(["name": .string($0.name), "file": .string($0.source.file), "text": .string($0.source.text)]) }),
      "faults": .array(
        faults.map { fault in
          switch fault {
          case .named(let name): .members(["name": .string(name)])
          case .file(let source): source.json
          }
        }),
    ])
  }
  init(_ value: JSONValue, variant: String) throws(JSONObject.Failure) {
    self.init(variant: variant)
    let map = try JSONObject(value, "header.host", keys: ["procedures", "faults"])
    for value in try map.array("procedures", atMost: 64) {
      let file = try JSONObject(value, "header.host.procedures", keys: ["name", "file", "text"])
      replacements.append(
        Replacement(name: try file.string("name"), source: SourceText(file: try file.string("file"), text: try file.string("text"))))
    }
    for value in try map.array("faults", atMost: 256) {
      let fault = try JSONObject(value, "header.host.faults", keys: ["name", "file", "text"])
      if let name = try fault.optionalString("name") {
        // A recording from elsewhere must not make a replay read this machine's files; a guard's name has a stroke of its own.
        guard name.hasPrefix("drop-guard:") || !(name.contains("/") || name.hasSuffix(".yaml")) else {
          throw JSONObject.Failure(message: "header.host.faults.name is a path")
        }
        faults.append(.named(name))
      } else {
        faults.append(.file(SourceText(file: try fault.string("file"), text: try fault.string("text"))))
      }
    }
  }
}

extension PayloadRecord {
  var json: JSONValue {
    .members([
      "bytes": JSONValue(count), "sha256": .string(sha256), "users": .boolean(isUsers),
      "base64": bytes.map { .string(Data($0).base64EncodedString()) },
    ])
  }
  init(_ value: JSONValue) throws(JSONObject.Failure) {
    let map = try JSONObject(value, "header.payload", keys: ["bytes", "sha256", "users", "base64"])
    let count = Int(try map.integer("bytes", in: 0...1 << 40))
    var bytes: [UInt8]?
    if let text = try map.optionalString("base64") {
      guard let data = Data(base64Encoded: text), data.count == count else {
        throw JSONObject.Failure(message: "header.payload.base64 are not \(count) bytes")
      }
      bytes = Array(data)
    }
    self.init(count: count, sha256: try map.string("sha256"), isUsers: try map.boolean("users"), bytes: bytes)
  }
}
