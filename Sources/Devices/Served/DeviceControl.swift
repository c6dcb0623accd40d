import PCI
import Primitives
import Rules
import SPDM

/// The control connection's language: a line asks or sets something of the device, a line of JSON answers.
public enum DeviceControl {
  public struct Reply: Sendable {
    public let json: JSONValue
    /// The server stops.
    public let isLast: Bool
  }

  /// What can be said, one line each.
  public static let help = [
    "functions", "state [FUNCTION]", "set-state FUNCTION unlocked|locked|run|error", "t-bit FUNCTION on|off|auto", "keys [STREAM]",
    "read FUNCTION OFFSET WIDTH", "write FUNCTION OFFSET WIDTH VALUE", "reset FUNCTION flr|conventional", "report FUNCTION HEX|auto",
    "measurement INDEX HEX|none", "fault NAME on|off", "access FUNCTION t0|t1 PAGE", "stop-server", "help",
  ]

  public static func obey(_ line: String, _ device: inout ServedDevice) -> Reply {
    let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" }).map(String.init)
    guard let first = words.first else { return refused("an empty line") }
    do throws(Mistake) {
      return try Reply(json: answer(first, Array(words.dropFirst()), &device), isLast: first == "stop-server")
    } catch { return refused(error.reason) }
  }

  struct Mistake: Error { let reason: String }

  private static func refused(_ reason: String) -> Reply { Reply(json: .members(["ok": false, "error": .string(reason)]), isLast: false) }

  private static func ok(_ members: KeyValuePairs<String, JSONValue?> = [:]) -> JSONValue {
    guard case .object(let rest) = JSONValue.members(members) else { return .members(["ok": true]) }
    return .object([.init("ok", true)] + rest)
  }

  private static func answer(_ verb: String, _ words: [String], _ device: inout ServedDevice) throws(Mistake) -> JSONValue {
    switch verb {
    case "help", "stop-server": return ok(["commands": verb == "help" ? JSONValue(help) : nil])
    case "functions": return ok(["functions": .array(device.functions.map { .string($0.id.description) })])
    case "state":
      if words.isEmpty { return ok(["functions": .array(device.functions.map(state))]) }
      return ok(["function": state(device.functions[try function(words, device)])])
    case "keys":
      return ok(["streams": .array(device.streams.keys.sorted().filter { words.isEmpty || words[0] == String($0) }.map { keys($0, device) })])
    case "set-state":
      let at = try function(words, device)
      return try set(word(words, 1, ["unlocked", "locked", "run", "error"]), at, &device)
    case "t-bit":
      let at = try function(words, device)
      device.functions[at].forcedTBit = try ["on": true, "off": false][word(words, 1, ["on", "off", "auto"])]
      return ok(["function": state(device.functions[at])])
    case "read":
      let at = try function(words, device)
      return ok(["value": hex(UInt64(device.functions[at].registers.read(try offset(words), width: try width(words))))])
    case "write":
      let at = try function(words, device)
      let width = try width(words), value = try number(words, 3, 0...(1 << (8 * UInt64(width)) - 1))
      let effects = device.functions[at].write(try offset(words), width: width, UInt32(value))
      return ok(["effects": JSONValue(effects.map { "\($0)" }), "function": state(device.functions[at])])
    case "reset":
      let at = try function(words, device)
      if try word(words, 1, ["flr", "conventional"]) == "flr" { device.functions[at].resetFunction() } else { device.resetAll() }
      return ok(["function": state(device.functions[at])])
    case "report":
      let at = try function(words, device)
      guard words.count == 2 else { throw Mistake(reason: "report FUNCTION HEX, or report FUNCTION auto") }
      if words[1] == "auto" {
        device.functions[at].settledReport = nil
      } else {
        device.functions[at].settledReport = try bytes(words[1], limit: 0xFFFF)
      }
      return ok(["length": JSONValue(device.functions[at].report(offset: 0)?.count ?? 0)])
    case "measurement": return try measurement(words, &device)
    case "fault":
      guard let name = words.first, let fault = Fault(name) else {
        throw Mistake(reason: "a fault of: \(Fault.catalogue.map(\.name).joined(separator: ", "))")
      }
      if try word(words, 1, ["on", "off"]) == "on" { device.faults.insert(fault) } else { device.faults.remove(fault) }
      return ok(["faults": JSONValue(device.faults.map { "\($0)" }.sorted())])
    case "access": return try access(words, &device)
    default: throw Mistake(reason: "unknown command; one of: \(help.map { String($0.prefix { $0 != " " }) }.joined(separator: ", "))")
    }
  }

  // MARK: what is shown

  private static func state(_ function: ServedFunction) -> JSONValue {
    .members([
      "id": .string(function.id.description), "state": .string(function.interface.state.name), "tBit": .boolean(function.tBit),
      "nonce": .boolean(function.interface.nonceIsLive), "stream": function.terms.map { JSONValue($0.stream) },
      "session": function.terms.map { name($0.session) }, "offset": function.terms.map { JSONValue($0.reportingOffset) },
      "command": hex(UInt64(function.registers.command.rawValue)),
    ])
  }

  private static func keys(_ stream: UInt8, _ device: ServedDevice) -> JSONValue {
    let keys = device.streams[stream] ?? StreamKeys()
    return .members([
      "stream": JSONValue(stream), "secure": .boolean(keys.isSecure),
      "keys": .array(
        KeySlot.allCases.sorted().compactMap { slot in
          keys[slot].map {
            .members([
              "set": JSONValue(slot.set.rawValue), "direction": .string("\(slot.direction)"), "subStream": .string("\(slot.subStream)"),
              "status": .string($0.isInUse ? "in-use" : "programmed"), "session": name($0.session),
            ])
          }
        }),
    ])
  }

  private static func name(_ session: SessionName) -> JSONValue { .string("\(session.connection):\(hexadecimal(UInt64(session.id.rawValue)))") }
  private static func hex(_ value: UInt64) -> JSONValue { .string("0x" + String(value, radix: 16)) }

  // MARK: what is done

  /// By decree: for tests that begin somewhere. What follows is the rules' again.
  private static func set(_ state: String, _ at: Int, _ device: inout ServedDevice) throws(Mistake) -> JSONValue {
    switch state {
    case "error":
      device.functions[at].interface = DeviceInterface(state: .error, holdsSecrets: device.functions[at].interface.holdsSecrets)
    case "unlocked":
      device.functions[at].interface = DeviceInterface()
      device.functions[at].terms = nil
    default:
      guard device.functions[at].terms != nil else {
        throw Mistake(reason: "nobody has locked it: there is no nonce and no session to be \(state) with")
      }
      device.functions[at].interface = DeviceInterface(state: state == "run" ? .run : .configLocked, nonceIsLive: state == "locked")
    }
    return ok(["function": Self.state(device.functions[at])])
  }

  private static func measurement(_ words: [String], _ device: inout ServedDevice) throws(Mistake) -> JSONValue {
    let index = UInt8(try number(words, 0, 1...254))
    guard words.count == 2 else { throw Mistake(reason: "measurement INDEX HEX, or measurement INDEX none") }
    let old = device.measurements.first { $0.index == index }
    device.measurements.removeAll { $0.index == index }
    if words[1] != "none" {
      var (kind, isRaw): (UInt8, Bool) = (1, false)
      if case .value(let oldKind, let wasRaw, _) = old?.content { (kind, isRaw) = (oldKind, wasRaw) }
      guard let block = MeasurementBlock(index: index, content: .value(kind: kind, isRaw: isRaw, bytes: try bytes(words[1], limit: 4096))) else {
        throw Mistake(reason: "a value that fits a block")
      }
      device.measurements.append(block)
      device.measurements.sort { $0.index < $1.index }
    }
    return ok(["measurements": .array(device.measurements.map { JSONValue($0.index) })])
  }

  /// Whether a memory request would reach a page of the function, over the bound stream, as the table of TDISP has it.
  private static func access(_ words: [String], _ device: inout ServedDevice) throws(Mistake) -> JSONValue {
    let at = try function(words, device)
    let tBit = try word(words, 1, ["t0", "t1"]) == "t1"
    let page = try number(words, 2, 0...0xF_FFFF)
    let found = device.functions[at]
    let isTEE = found.layout.bar(of: found.registers).map { found.isTEE(bar: $0.index, offset: page << 12) } ?? true
    let outcome = device.functions[at].interface.receive(MemoryRequest(isTEEPage: isTEE, tBit: tBit), under: Law())
    return ok(["tee": .boolean(isTEE), "accepted": .boolean(outcome == .accepted), "guard": outcome.refusal.map { .string($0.id) }])
  }

  // MARK: what words say

  private static func function(_ words: [String], _ device: ServedDevice) throws(Mistake) -> Int {
    guard let text = words.first, let id = RequesterID(text), let at = device.position(id) else {
      throw Mistake(reason: "a function of: \(device.functions.map(\.id.description).joined(separator: ", "))")
    }
    return at
  }

  private static func word(_ words: [String], _ at: Int, _ known: [String]) throws(Mistake) -> String {
    guard at < words.count, known.contains(words[at]) else { throw Mistake(reason: "one of: \(known.joined(separator: ", "))") }
    return words[at]
  }

  private static func number(_ words: [String], _ at: Int, _ range: ClosedRange<UInt64>) throws(Mistake) -> UInt64 {
    let text = at < words.count ? words[at] : ""
    let value = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    guard let value, range.contains(value) else { throw Mistake(reason: "a number of \(range.lowerBound) to \(range.upperBound) in place \(at + 1)") }
    return value
  }

  private static func offset(_ words: [String]) throws(Mistake) -> Int { Int(try number(words, 1, 0...4095)) }

  private static func width(_ words: [String]) throws(Mistake) -> Int {
    let width = Int(try number(words, 2, 1...4))
    guard width != 3, try offset(words) % width == 0 else { throw Mistake(reason: "an aligned access of 1, 2 or 4 bytes") }
    return width
  }

  private static func bytes(_ text: String, limit: Int) throws(Mistake) -> [UInt8] {
    guard let bytes = HexText.bytes(text), !bytes.isEmpty, bytes.count <= limit else {
      throw Mistake(reason: "hexadecimal digits of 1 to \(limit) bytes")
    }
    return bytes
  }
}
