import Documents
import Machine
import Rules

/// What a scenario must have come to when it ends. What is not named is not asked.
public struct ScenarioEnd: Hashable, Sendable {
  public enum Life: String, CaseIterable, Hashable, Sendable { case absent, alive, dead, released }
  public enum Killer: String, CaseIterable, Hashable, Sendable {
    case kvm, owner
    case machineCheck = "machine-check"
  }

  public var vm: Life?
  public var by: Killer?
  /// The code with which a call was refused that led there.
  public var code: String?
  /// The run ends with the first of these that is broken; it has to come.
  public var violates: [Property] = []
  /// Guards or codes that must occur among the refusals and faults.
  public var refused: [String] = []
  public var states: [State] = []
  /// All parties that should see the payload's bytes see the same, and the host sees nothing of a private one.
  public var digestsAgree: Bool?
  /// Nothing is left of VM, bindings, mappings, buffers, session and stream.
  public var released: Bool?

  /// `interface: error`: a field of the world by name, as it is printed.
  public struct State: Hashable, Sendable {
    public var field: Field
    /// Along the field's axis.
    public var index: Int
    /// For a field of pages, instead of the index.
    public var page: PageChoice?
    public var text: String

    /// Nil where the machine has no such place.
    func place(in bounds: Bounds, _ parameters: Parameters) -> Int? {
      if let page { return page.index(in: bounds, parameters).map { Int($0) } }
      return index < bounds.count(along: field.axis) ? index : nil
    }
    var name: String {
      switch page {
      case nil: index == 0 ? "\(field)" : "\(field) \(index)"
      case .tee?: "\(field) tee"
      case .lastTEE?: "\(field) last-tee"
      case .nonTEE?: "\(field) non-tee"
      case .number(let index)?: "\(field) \(index)"
      }
    }
  }

  static let keys = ["vm", "by", "code", "violates", "refused", "state", "digests", "released"]
}

extension ScenarioEnd {
  init(_ node: DocumentNode) throws(DocumentError) {
    let map = try node.mapping(keys: Self.keys)
    vm = try map.optional("vm")?.word(of: Life.self)
    by = try map.optional("by")?.word(of: Killer.self)
    code = try map.optional("code")?.word(among: Event.codes)
    if let node = map.optional("violates") {
      for item in node.isSequence ? try node.sequence : [node] {
        let id = try item.word(among: Property.allCases.map(\.id))
        if let property = Property(id: id) { violates.append(property) }
      }
    }
    for item in try map.optional("refused")?.sequence ?? [] {
      refused.append(try item.word(among: Guard.allCases.map(\.id) + Event.codes))
    }
    if let node = map.optional("digests") { digestsAgree = try node.word(among: ["agree", "differ"]) == "agree" }
    if let node = map.optional("released") { released = try node.boolean }
    if let node = map.optional("state") {
      for entry in try node.entries { states.append(try State(entry, in: node)) }
    }
  }
}

extension ScenarioEnd.State {
  /// `interface: run` or `entry 2: free`, the number counting along the field's axis.
  init(_ entry: DocumentNode.Entry, in node: DocumentNode) throws(DocumentError) {
    let words = entry.key.split(separator: " ")
    let names = Field.allCases.map { "\($0)" }
    guard let name = words.first.map(String.init), words.count <= 2, let field = Field.allCases.first(where: { "\($0)" == name }) else {
      throw DocumentError(
        .unknownKey, at: entry.keyPosition, path: node.path, "unknown field \(quoted(entry.key))",
        expected: "a field of the world, and an index where it has several",
        suggestion: ScenarioEnd.nearestField(to: entry.key, names))
    }
    var index = 0
    if field.axis == .page, words.count == 2 { page = PageChoice(word: String(words[1])) }
    if words.count == 2, page == nil {
      let count = Bounds.machineLimit.count(along: field.axis)
      guard let number = Int(words[1]), (0..<count).contains(number) else {
        throw DocumentError(
          .outOfRange, at: entry.keyPosition, path: node.path, "\(quoted(words[1])) is no index of \(name)", expected: "0 to \(count - 1)")
      }
      index = number
    }
    let text = try entry.value.string
    let values = ScenarioEnd.texts(of: field)
    (self.field, self.index, self.text) = (field, index, values.isEmpty ? text : try entry.value.word(among: values))
  }
}

extension ScenarioEnd {
  static func nearestField(to word: String, _ names: [String]) -> String? {
    let lower = word.lowercased()
    return names.first { $0.lowercased() == lower } ?? names.first { lower.hasPrefix($0.lowercased()) || $0.lowercased().hasPrefix(lower) }
  }

  /// The words that a field can be printed as; empty where it is a number.
  static func texts(of field: Field) -> [String] {
    var texts: [String] = []
    for value in 0..<UInt16(1) << UInt16(field.place.bits) {
      let text = field.text(value)
      if Int(text) != nil && value > 0 { break }
      if !texts.contains(text) { texts.append(text) }
    }
    return texts.allSatisfy { Int($0) != nil } ? [] : texts
  }
}
