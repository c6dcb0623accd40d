import Documents
import Rules

/// A procedure as its file has it: steps with names, not yet positions.
public struct ProcedureFile: Hashable, Sendable {
  public var procedure: Procedure
  public var summary: String
  public var steps: [WrittenStep]
  /// Where it was read, for messages.
  public var file: String
  /// Its file says `purpose: none`: that it is not there for what its name promises.
  public var isWithoutPurpose = false
}

/// One step of a file: what to do, when, and what a refusal leads to.
public struct WrittenStep: Hashable, Sendable {
  /// The name that jumps and faults use. Where the file gives none it is what `do` says.
  public var name: String
  public var isNamed: Bool
  public var step: Step
  public var isRepeated = false
  public var condition = Condition.always
  public var expects = true
  public var busy = Reaction<BusyPolicy>(.wait)
  public var error: Reaction<ErrorPolicy>
  /// Where a `jump` goes.
  public var target: String?
  public var position: Position
}

/// A policy, and the step that it goes on at where it is a jump.
public struct Reaction<Policy: Hashable & Sendable>: Hashable, Sendable {
  public var policy: Policy
  public var target: String?
  init(_ policy: Policy, target: String? = nil) { (self.policy, self.target) = (policy, target) }
}

extension ProcedureFile {
  static let keys = ["procedure", "summary", "source", "purpose", "steps"]

  public init(contentsOf path: String) throws(DocumentError) { try self.init(Document(contentsOf: path)) }

  public init(_ document: Document) throws(DocumentError) {
    let map = try document.root.mapping(keys: Self.keys)
    let id = try map.required("procedure")
    guard let procedure = Procedure(id: try id.word(among: Procedure.allCases.dropFirst().map(\.id))) else {
      throw id.error(.unknownWord, "unknown procedure")
    }
    self.procedure = procedure
    summary = try map.optional("summary")?.string ?? ""
    file = document.file
    _ = try map.optional("source")?.string
    isWithoutPurpose = try map.optional("purpose")?.word(among: ["none"]) != nil
    let list = try map.required("steps")
    steps = []
    for node in try list.sequence { steps.append(try WrittenStep(node, in: procedure)) }
    guard !steps.isEmpty, steps.count < Playbook.capacity else {
      throw list.error(.outOfRange, "a procedure has 1 to \(Playbook.capacity - 1) steps, not \(steps.count)")
    }
    var named: Set<String> = []
    for step in steps where step.isNamed && !named.insert(step.name).inserted {
      throw DocumentError(.contradiction, at: step.position, "the name \(quoted(step.name)) is given to two steps", expected: "a name of its own")
    }
  }
}

extension WrittenStep {
  static let keys = ["do", "name", "each", "if", "unless", "busy", "error", "to"]

  public init(_ node: DocumentNode, in procedure: Procedure) throws(DocumentError) {
    let map = try node.mapping(keys: Self.keys)
    let call = try map.required("do")
    guard let step = Step(id: try call.word(among: Step.allCases.map(\.id))) else { throw call.error(.unknownWord, "unknown step") }
    self.step = step
    let given = try map.optional("name")?.string
    if given == "", let written = map.optional("name") { throw written.error(.outOfRange, "a step's name is empty", expected: "a name of its own") }
    name = given ?? step.id
    isNamed = given != nil
    position = node.position
    error = Reaction(step.entry.onError)
    if let each = map.optional("each") {
      let axis = try each.word(among: ["page", "memory"])
      guard axis == (step.entry.axis == .memory ? "memory" : "page"), step.entry.axis == .page || step.entry.axis == .memory else {
        let wanted = step.entry.axis == .memory ? "each: memory" : step.entry.axis == .page ? "each: page" : "no `each`"
        throw each.error(.contradiction, "\(quoted(step.id)) cannot be repeated with each: \(axis)", expected: wanted)
      }
      // A loop has the cursor, and with it the unit of which the procedure is asked.
      guard procedure.subject != .memory else {
        throw each.error(
          .contradiction, "\(procedure.id) is about one unit of memory, the one that it is asked for, and a loop would lose it",
          expected: "no `each`")
      }
      isRepeated = true
    }
    if let condition = map.optional("if") { self.condition = try Self.condition(condition) }
    if let condition = map.optional("unless") {
      if map.has("if") { throw condition.error(.contradiction, "a step has `if` or `unless`, not both") }
      self.condition = try Self.condition(condition)
      expects = false
    }
    if let condition = map.optional("if") ?? map.optional("unless") { try checkSubject(of: condition, in: procedure) }
    if let busy = map.optional("busy") { self.busy = try Self.reaction(busy, [("wait", .wait), ("abandon", .abandon)], jump: .jump) }
    if let error = map.optional("error") {
      self.error = try Self.reaction(
        error, [("abandon", .abandon), ("ignore", .ignore), ("kill", .kill), ("retry", .retry)], jump: .jump)
    }
    if step == .jump {
      target = try map.required("to").string
    } else if let to = map.optional("to") {
      throw to.error(.contradiction, "only a jump has `to`", expected: "busy: go NAME, or error: go NAME")
    }
  }

  private static func condition(_ node: DocumentNode) throws(DocumentError) -> Condition {
    let words = Condition.allCases.filter { $0 != .always }.map(\.id)
    guard let condition = Condition(id: try node.word(among: words)) else { throw node.error(.unknownWord, "unknown condition") }
    return condition
  }

  private static func reaction<Policy>(
    _ node: DocumentNode, _ words: [(String, Policy)], jump: Policy
  ) throws(DocumentError) -> Reaction<Policy> {
    let text = try node.string
    if text.hasPrefix("go ") { return Reaction(jump, target: String(text.dropFirst(3))) }
    for (candidate, policy) in words where candidate == text { return Reaction(policy) }
    // Throws, and `go NAME` is among what it expects.
    _ = try node.word(among: words.map(\.0) + ["go NAME"])
    throw node.error(.unknownWord, "no step is named", expected: "go and the name of a step")
  }
}
