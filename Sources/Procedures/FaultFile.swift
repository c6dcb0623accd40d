import Documents
import Rules

/// A fault: edits of procedures at named steps, and guards that are switched off.
public struct FaultFile: Hashable, Sendable {
  public var name: String
  public var summary: String
  /// Where it was read.
  public let file: String
  public var edits: [Edit]
  public var dropped: [Guard]
  /// The variants that it can be applied to; empty means all.
  public var variants: [String]
  /// The properties one of which it is expected to break, and whether that needs the disputed one switched on.
  public var breaks: [Property]
  /// The promises one of which it is expected to break, where liveness is asked.
  public var lapses: [Promise]
  /// What nothing comes to any more, through it: one of these is named first.
  public var misses: [Milestone]
  public var needsStrictDMA: Bool
  /// It shows only where the VMM is hostile.
  public var needsHostileVMM: Bool
  /// Alone it breaks nothing: this guard refuses what it tries. With the guard dropped as well something breaks.
  public var refusedBy: Guard?

  public struct Edit: Hashable, Sendable {
    public enum Change: Hashable, Sendable {
      case remove
      case insert(before: Bool, [WrittenStep])
      /// Moves the step (with `through`, all up to that one) before or behind another.
      case move(through: String?, before: Bool, anchor: String)
      case replace([WrittenStep])
    }
    public var procedure: Procedure
    /// The step at which the edit is made.
    public var step: String
    public var change: Change
    public var position: Position
  }
}

extension FaultFile {
  static let keys = ["fault", "summary", "source", "variants", "breaks", "strict-dma", "hostile", "refused-by", "drop-guard", "edits"]
  static let editKeys = ["procedure", "remove", "insert-before", "insert-after", "replace", "move", "through", "before", "after", "steps"]

  public init(contentsOf path: String) throws(DocumentError) { try self.init(Document(contentsOf: path)) }

  public init(_ document: Document) throws(DocumentError) {
    let map = try document.root.mapping(keys: Self.keys)
    name = try map.required("fault").string
    file = document.file
    summary = try map.optional("summary")?.string ?? ""
    _ = try map.optional("source")?.string
    needsStrictDMA = try map.optional("strict-dma")?.boolean ?? false
    needsHostileVMM = try map.optional("hostile")?.boolean ?? false
    refusedBy = try map.optional("refused-by").map { (node) throws(DocumentError) in try Self.law(node) }
    variants = []
    for node in try map.optional("variants")?.sequence ?? [] { variants.append(try node.word(among: ProcedureSet.variantNames)) }
    (breaks, lapses, misses) = ([], [], [])
    let known = Property.allCases.map(\.id) + Promise.allCases.map(\.id) + Milestone.allCases.filter(\.isOwed).map(\.id)
    for node in try map.optional("breaks")?.sequence ?? [] {
      let word = try node.word(among: known)
      if let property = Property(id: word) { breaks.append(property) }
      if let promise = Promise(id: word) { lapses.append(promise) }
      if let milestone = Milestone(id: word) { misses.append(milestone) }
      // What breaks is found before all is seen, and only then is it known what is nowhere.
      guard misses.isEmpty || breaks.isEmpty && lapses.isEmpty else {
        throw node.error(.contradiction, "\(word) beside another kind", expected: "what breaks, or what nothing comes to any more")
      }
    }
    dropped = []
    for node in try map.optional("drop-guard")?.sequence ?? [] {
      dropped.append(try Self.law(node))
    }
    edits = []
    for node in try map.optional("edits")?.sequence ?? [] { edits.append(try Edit(node)) }
    if edits.isEmpty && dropped.isEmpty {
      throw document.root.error(.missingKey, "a fault that changes nothing", expected: "edits or drop-guard")
    }
  }

  private static func law(_ node: DocumentNode) throws(DocumentError) -> Guard {
    guard let found = Guard(id: try node.word(among: Guard.laws.map(\.id))) else { throw node.error(.unknownWord, "unknown guard") }
    return found
  }
}

extension FaultFile.Edit {
  init(_ node: DocumentNode) throws(DocumentError) {
    let map = try node.mapping(keys: FaultFile.editKeys)
    let id = try map.required("procedure")
    guard let procedure = Procedure(id: try id.word(among: Procedure.allCases.dropFirst().map(\.id))) else {
      throw id.error(.unknownWord, "unknown procedure")
    }
    self.procedure = procedure
    position = node.position
    let verbs = ["remove", "insert-before", "insert-after", "replace", "move"].filter { map.has($0) }
    guard verbs.count == 1, let verb = verbs.first else {
      throw node.error(.contradiction, "an edit does one thing", expected: "one of: remove, insert-before, insert-after, replace, move")
    }
    step = try map.required(verb).string
    func written() throws(DocumentError) -> [WrittenStep] {
      var steps: [WrittenStep] = []
      for node in try map.required("steps").sequence { steps.append(try WrittenStep(node, in: procedure)) }
      return steps
    }
    let allowed: [String] =
      switch verb {
      case "move": ["through", "before", "after"]
      case "remove": []
      default: ["steps"]
      }
    for key in ["through", "before", "after", "steps"] where map.has(key) && !allowed.contains(key) {
      throw node.error(
        .contradiction, "`\(key)` says nothing beside `\(verb)`", expected: allowed.isEmpty ? "`\(verb)` alone" : allowed.joined(separator: ", "))
    }
    if map.has("before"), map.has("after") { throw node.error(.contradiction, "a step is moved to one place", expected: "`before` or `after`") }
    switch verb {
    case "remove": change = .remove
    case "insert-before": change = .insert(before: true, try written())
    case "insert-after": change = .insert(before: false, try written())
    case "replace": change = .replace(try written())
    default:
      let isBefore = map.has("before")
      change = .move(through: try map.optional("through")?.string, before: isBefore, anchor: try map.required(isBefore ? "before" : "after").string)
    }
  }
}

extension ProcedureFile {
  /// Makes one edit. A missing anchor is an error, and so is an edit that leaves all as it was: a fault that silently does nothing would
  /// read as "not caught".
  mutating func apply(_ edit: FaultFile.Edit) throws(DocumentError) {
    let written = steps
    try make(edit)
    guard written.count == steps.count, zip(written, steps).allSatisfy({ $0.isSame(as: $1) }) else { return }
    throw DocumentError(
      .contradiction, at: edit.position, "the edit leaves \(procedure.id) as it is", expected: "an edit after which another step comes, or none")
  }

  private mutating func make(_ edit: FaultFile.Edit) throws(DocumentError) {
    func find(_ name: String) throws(DocumentError) -> Int {
      guard let index = index(of: name) else { throw missing(name, at: edit.position) }
      return index
    }
    let at = try find(edit.step)
    switch edit.change {
    case .remove: replace(at, with: [])
    case .replace(let written): replace(at, with: written)
    case .insert(let before, let written): steps.insert(contentsOf: written, at: before ? at : at + 1)
    case .move(let through, let before, let anchorName):
      let last = try through.map { name throws(DocumentError) in try find(name) } ?? at
      let anchor = try find(anchorName)
      guard at <= last, !(at...last).contains(anchor) else {
        throw DocumentError(.contradiction, at: edit.position, "steps cannot be moved to a place among themselves")
      }
      let moved = Array(steps[at...last])
      steps.removeSubrange(at...last)
      let place = anchor < at ? anchor : anchor - moved.count
      steps.insert(contentsOf: moved, at: before ? place : place + 1)
    }
  }

  /// Replaces a step; whoever jumps to it goes to what comes in its place.
  private mutating func replace(_ at: Int, with written: [WrittenStep]) {
    let gone = steps[at]
    steps.replaceSubrange(at...at, with: written)
    guard gone.isNamed, index(of: gone.name) == nil else { return }
    // A label must not vanish with its step: it stays on a step that does nothing.
    let place = WrittenStep(name: gone.name, isNamed: true, step: .nothing, error: Reaction(Step.nothing.entry.onError), position: gone.position)
    steps.insert(place, at: at)
  }
}
