import Documents
import Machine
import Primitives
import Procedures
import Rules

extension ScenarioStep {
  /// The most times one step may advance a procedure.
  static let advanceLimit: UInt64 = 10_000
  /// The largest payload that a file may ask for, in bytes; a user's own file may be larger.
  static let payloadLimit: UInt64 = 1 << 26

  init(_ node: DocumentNode) throws(DocumentError) {
    let map = try node.mapping(keys: StepVerb.allKeys)
    let verbs = StepVerb.names.filter { map.has($0) }
    guard verbs.count == 1, let verb = verbs.first else {
      throw node.error(
        verbs.isEmpty ? .missingKey : .contradiction, verbs.isEmpty ? "a step needs a verb" : "a step has one verb",
        expected: "one of: " + StepVerb.names.joined(separator: ", "))
    }
    let operand = try map.required(verb)
    deed = try Self.deed(verb, operand, map)
    position = node.position
    let row = StepVerb.row(verb, operand: (try? operand.string) ?? "")
    for entry in try node.entries where entry.key != verb && !StepVerb.commonKeys.contains(entry.key) && row?.keys.contains(entry.key) != true {
      let expected = (row?.keys ?? []) + StepVerb.commonKeys
      throw DocumentError(
        .contradiction, at: entry.keyPosition, path: node.path, "\(quoted(verb + ": " + (row?.operand ?? ""))) has no \(quoted(entry.key))",
        expected: "one of: " + expected.joined(separator: ", "))
    }

    func index(_ key: String, below limit: UInt8) throws(DocumentError) -> UInt8? {
      try map.optional(key).map { node throws(DocumentError) in UInt8(truncatingIfNeeded: try node.integer(in: 0...UInt64(limit - 1))) }
    }
    let limit = Bounds.machineLimit
    device = try index("device", below: limit.devices) ?? 0
    page = try map.optional("page").map { node throws(DocumentError) in
      if let known = PageChoice(word: (try? node.string) ?? "") { return known }
      return .number(try Self.index(node, below: limit.pages, or: PageChoice.words))
    }
    if let node = map.optional("unit") {
      unit = (try? node.string) == "last" ? .last : .number(try Self.index(node, below: limit.memory, or: ["last"]))
    }
    importerIndex = try index("index", below: limit.importers) ?? 0
    isSecure = try map.optional("secure")?.boolean ?? false
    variants = []
    for name in try map.optional("variants")?.sequence ?? [] { variants.append(try name.word(among: ProcedureSet.variantNames)) }
    expectation = Choice(StepExpectation())
    if let node = map.optional("expect") {
      expectation = try Choice(node, isDirect: StepExpectation.keys) { node throws(DocumentError) in try StepExpectation(node) }
      if expectation.all.contains(where: { $0.outcome == .asReported }), !touchesPage {
        throw node.error(
          .contradiction, "`as-reported` says nothing of a step that is at no page", expected: "host: touch, peer: touch or vmm: write-msix")
      }
    }
  }

  /// Whether it is a request without T bit to one page.
  private var touchesPage: Bool {
    switch deed {
    case .host(.touch), .peer(.touch), .vmm(.writeMSIX): true
    default: false
    }
  }

  /// A number, where a word might stand as well.
  private static func index(_ node: DocumentNode, below limit: UInt8, or words: [String]) throws(DocumentError) -> UInt8 {
    guard let text = try? node.string, let number = UInt64(text), number < UInt64(limit) else {
      throw node.error(
        .outOfRange, "\(quoted((try? node.string) ?? "a list")) names none", expected: "0 to \(limit - 1), or " + words.joined(separator: ", "))
    }
    return UInt8(number)
  }

  private static func deed(_ verb: String, _ operand: DocumentNode, _ map: MappingReader) throws(DocumentError) -> Deed {
    switch verb {
    case "call": return .call(try procedure(operand))
    case "start": return .start(try procedure(operand))
    case "finish": return .finish(try procedure(operand))
    case "advance":
      let times = map.optional("times"), until = map.optional("until")
      if let until {
        if let times { throw times.error(.contradiction, "a procedure advances some times or until a step, not both") }
        return .advance(try procedure(operand), .until(try until.string))
      }
      return .advance(try procedure(operand), .count(Int(try times?.integer(in: 1...advanceLimit) ?? 1)))
    case "interleave":
      _ = try operand.word(among: ["all"])
      return .interleave
    case "guest": return .guest(try operand.word(of: GuestDeed.self))
    case "transfer":
      let isPrivate = try operand.word(among: ["shared", "private"]) == "private"
      guard let size = map.optional("payload"), (try? size.string) != "default" else { return .transfer(isPrivate: isPrivate, .payload) }
      return .transfer(isPrivate: isPrivate, .count(Int(try size.size(in: 1...payloadLimit))))
    case "host": return .host(try operand.word(of: OutsiderDeed.self))
    case "peer":
      let word = try operand.word(among: ["touch", "read"])
      return .peer(word == "touch" ? .touch : .read)
    case "importer": return .importer(try operand.word(of: ImporterDeed.self))
    case "relay":
      let how = try operand.word(of: Tampering.self)
      if let node = map.optional("portion") {
        if map.has("message") { throw node.error(.contradiction, "a message of a handshake is in no portion", expected: "`message` or `portion`") }
        return .relay(how, .portion(Int(try node.integer(in: 1...UInt64(UInt16.max)))))
      }
      guard let node = map.optional("message") else { return .relay(how, .usual) }
      let message = try node.word(of: HandshakeMessage.self)
      if how == .repeatQuestion, message == .version {
        throw node.error(.contradiction, "a handshake begins with GET_VERSION: no question of it comes before", expected: "a message after 'version'")
      }
      return .relay(how, .handshake(message))
    case "link": return .link(try operand.word(of: LinkTampering.self))
    case "vfio": return .vfio(keeps: try operand.word(among: ["keep", "pass"]) == "keep")
    case "vmm": return .vmm(try operand.word(of: MonitorDeed.self))
    default:
      let text = try operand.string
      guard let action = Action(text) else {
        let verb = String(text.prefix { $0 != " " }), isKnown = Action.verbs.contains(verb)
        throw operand.error(
          .unknownWord, isKnown ? "\(quoted(text)) has not what \(quoted(verb)) is about" : "\(quoted(text)) is no action",
          expected: "an action as a log has it, as 'host-reads 0'", suggestion: isKnown ? nil : nearestWord(to: verb, among: Action.verbs))
      }
      let limit = Bounds.machineLimit
      guard action.fits(limit) else {
        throw operand.error(
          .outOfRange, "\(quoted(text)) names what no machine has",
          expected: "devices below \(limit.devices), pages and units below \(limit.pages), importers below \(limit.importers)")
      }
      return .action(action)
    }
  }

  private static func procedure(_ node: DocumentNode) throws(DocumentError) -> Procedure {
    guard let procedure = Procedure(id: try node.word(among: Procedure.allCases.dropFirst().map(\.id))) else {
      throw node.error(.unknownWord, "unknown procedure")
    }
    return procedure
  }
}

extension StepExpectation {
  static let keys = ["outcome", "code", "guard", "property"]

  init(_ node: DocumentNode) throws(DocumentError) {
    self.init()
    guard node.isMapping else {
      outcome = try node.word(of: Outcome.self)
      return
    }
    let map = try node.mapping(keys: Self.keys)
    outcome = try map.optional("outcome")?.word(of: Outcome.self) ?? .any
    code = try map.optional("code")?.word(among: Event.codes)
    if let node = map.optional("guard") {
      guardName = Guard(id: try node.word(among: Guard.allCases.map(\.id)))
    }
    if let node = map.optional("property") {
      property = Property(id: try node.word(among: Property.allCases.map(\.id)))
      if !map.has("outcome") { outcome = .violated }
    }
  }
}

extension Choice {
  /// Direct, where none of the keys names a variant; else a mapping with `default`, variants and platforms.
  init(
    _ node: DocumentNode, isDirect keys: [String], _ read: (DocumentNode) throws(DocumentError) -> Value
  ) throws(DocumentError) {
    let names = ["default"] + ProcedureSet.variantNames + platformNames
    guard node.isMapping, let first = try node.entries.first, !keys.contains(first.key) else {
      self.init(try read(node))
      return
    }
    _ = try node.mapping(keys: names.contains(first.key) ? names : keys + names)
    let entries = try node.entries
    guard let general = entries.first(where: { $0.key == "default" }) else {
      throw node.error(.missingKey, "the key 'default' is missing", expected: "default: what holds for all other variants")
    }
    self.init(try read(general.value))
    for entry in entries where entry.key != "default" { special.append(Special(name: entry.key, value: try read(entry.value))) }
  }
}

/// The platforms that the command line knows by name.
public let platformNames = ["tdx", "sev-snp", "cca", "trustzone"]
