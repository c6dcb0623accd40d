import Exploration

/// A protocol, or whatever else moves in steps: a state, what may happen, and what is asked of it.
///
/// ```swift
/// let model = try Model("revocation", schema) {
///   Action("revoke", when: { $0[buffer] == .live }, then: { $0[buffer] = .revoking })
///   Property.always("…") { state in … }
/// }
/// print(try model.check())
/// ```
///
/// A model is a value without hidden state; it may be checked from several threads at once.
public struct Model: Sendable {
  public let name: String
  public let actions: [Action]
  public private(set) var properties: [Property]
  /// Every field with the value that it was declared with.
  public let initial: State
  let columns: [Column]
  /// Words in a state, 1...12.
  package let width: Int
  /// A label for every instance of every action, in the order of their declaration.
  let labels: [Label]

  /// Which instance of which action a label stands for.
  struct Label: Sendable {
    var action: Int
    var instance: Int

    static func all(_ actions: [Action]) -> [Label] {
      actions.indices.flatMap { action in actions[action].instances.indices.map { Label(action: action, instance: $0) } }
    }
  }

  /// - Throws: what is wrong with the fields, or with the names and numbers of actions and properties.
  public init(
    _ name: String, _ schema: consuming Schema, @ModelBuilder _ parts: () -> [ModelBuilder.Part]
  ) throws(ModelError) {
    if let problem = schema.problem { throw problem }
    let parts = parts()
    self.name = name
    actions = parts.compactMap { if case .action(let action) = $0 { action } else { nil } }
    properties = parts.compactMap { if case .property(let property) = $0 { property } else { nil } }
    columns = schema.columns
    width = max((schema.bits + 63) / 64, 1)
    labels = Label.all(actions)
    var state = State(schema: schema.id)
    for column in columns { for i in 0..<column.place.count { state.setCode(column.initial, column.place, i) } }
    initial = state
    try validate()
  }

  /// The same model, asked less.
  /// - Parameter sentences: of the properties that stay. What a model has to reach stays in any case.
  public func asking(_ sentences: Set<String>) -> Model {
    var model = self
    model.properties.removeAll { $0.kind != .sometimes && !sentences.contains($0.sentence) }
    return model
  }

  private func validate() throws(ModelError) {
    if labels.isEmpty { throw .noActions }
    if let twice = Self.firstTwice(actions.map(\.name)) { throw .declaredTwice("action", twice) }
    if let twice = Self.firstTwice(properties.map(\.sentence)) { throw .declaredTwice("property", twice) }
    try Self.hold("questions for deadlocks", properties.count { $0.kind == .neverDeadlocks }, to: 1)
    // Zero is no property, and 255 is what every model is asked.
    try Self.hold("properties", properties.count, to: 254)
    try Self.hold("instances of actions", labels.count, to: 1 << 24)
    // What a run says was done has to be one thing: neither `each: [0, 0]`, nor `finish(0)` beside a `finish` that has indices.
    if let twice = Self.firstTwice(actions.flatMap(\.instances)) { throw .declaredTwice("action", twice) }
    try Self.hold("predicates in properties of behaviours", promises.predicates.count, to: Liveness.maximumFacts)
    try Self.hold("fair instances of actions", promises.fairness.count, to: Liveness.maximum)
  }

  private static func hold(_ kind: String, _ count: Int, to most: Int) throws(ModelError) {
    if count > most { throw .tooMany(kind, count: count, most: most) }
  }

  private static func firstTwice(_ names: [String]) -> String? {
    var known: Set<String> = []
    return names.first { !known.insert($0).inserted }
  }
}

extension State {
  init(schema: SchemaID) {
    words = InlineArray(repeating: 0)
    self.schema = schema
  }
}
