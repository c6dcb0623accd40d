import Documents
import Rules

extension Variant {
  /// What files say that procedures come to on a platform.
  public enum Expectation: Hashable, Sendable {
    /// Nothing breaks.
    case holds
    /// All that breaks, each asked alone. A disputed property and the promises are among it, and count where they are asked.
    case violates([Property], [Promise])
    /// The first that breaks is one of these: what a fault says of itself.
    case beginsWith([Property])
  }
}

extension Variant.Expectation {
  /// What a variant's file says of one platform: `holds`, or `violates` with names of properties and promises.
  init(_ node: DocumentNode) throws(DocumentError) {
    if (try? node.string) != nil {
      _ = try node.word(among: ["holds"])
      self = .holds
      return
    }
    let named = try node.mapping(keys: ["violates"]).required("violates")
    var properties: [Property] = [], promises: [Promise] = []
    for item in try named.sequence {
      let word = try item.word(among: Property.allCases.map(\.id) + Promise.allCases.map(\.id))
      if let property = Property(id: word) { properties.append(property) }
      if let promise = Promise(id: word) { promises.append(promise) }
    }
    guard !properties.isEmpty || !promises.isEmpty else {
      throw named.error(.contradiction, "it violates nothing", expected: "holds, or names of properties")
    }
    self = .violates(properties, promises)
  }

  /// Whether nothing breaks that everybody asks for: no property of a state or a step.
  public var isSafe: Bool { properties.isEmpty }

  /// The properties that are named.
  public var properties: [Property] {
    switch self {
    case .holds: []
    case .violates(let properties, _), .beginsWith(let properties): properties
    }
  }

  public var promises: [Promise] { if case .violates(_, let promises) = self { promises } else { [] } }
}
