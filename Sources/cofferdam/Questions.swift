import Models
import Rules

/// What a check is asked: properties of states and steps, and promises of whole behaviours.
struct Questions {
  /// Nil: all that the model has.
  let properties: [Property]?
  let promises: [Promise]

  init(_ words: [String], liveness: Bool, of kind: ModelKind, walks: Bool) throws {
    let known = kind.properties.map(\.id) + kind.promises.map(\.id)
    var properties: [Property] = [], promises = liveness ? Set(kind.promises) : []
    for word in words {
      if let property = Property(id: word), kind.properties.contains(property) {
        properties.append(property)
      } else if let promise = Promise(id: word), kind.promises.contains(promise) {
        promises.insert(promise)
      } else if Property(id: word) != nil || Promise(id: word) != nil {
        throw Leave.badInput("the property \(word) is not asked of \(kind.rawValue)\n  expected one of: " + known.joined(separator: ", "))
      } else {
        throw Leave.unknown("property", word, among: known)
      }
    }
    if liveness, kind.promises.isEmpty {
      throw Leave.badInput("--liveness: nothing has to come in \(kind.rawValue)\n  expected the model private-mmio")
    }
    if walks, !promises.isEmpty {
      throw Leave.badInput("--random-walk cannot tell what never comes\n  expected properties of states and steps alone")
    }
    self.properties = words.isEmpty ? nil : properties
    self.promises = kind.promises.filter(promises.contains)
  }
}
