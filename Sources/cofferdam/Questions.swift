import Models
import Rules

/// What a check is asked: properties of states and steps, promises of whole behaviours, and what has to come to be somewhere.
struct Questions {
  /// Nil: all that the model has.
  let properties: [Property]?
  let promises: [Promise]
  /// Nil: all that is owed.
  let milestones: [Milestone]?

  init(_ words: [String], liveness: Bool, of kind: ModelKind, walks: Bool) throws {
    let known = kind.properties.map(\.id) + kind.promises.map(\.id) + kind.milestones.map(\.id)
    var properties: [Property] = [], promises = liveness ? Set(kind.promises) : [], milestones: [Milestone] = []
    for word in words {
      if let property = Property(id: word), kind.properties.contains(property) {
        properties.append(property)
      } else if let promise = Promise(id: word), kind.promises.contains(promise) {
        promises.insert(promise)
      } else if let milestone = Milestone(id: word), kind.milestones.contains(milestone) {
        milestones.append(milestone)
      } else if Property(id: word) != nil || Promise(id: word) != nil || Milestone(id: word) != nil {
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
    if walks, !milestones.isEmpty {
      throw Leave.badInput("--random-walk cannot tell what is nowhere\n  expected properties of states and steps alone")
    }
    self.properties = words.isEmpty ? nil : properties
    self.milestones = words.isEmpty ? nil : milestones
    self.promises = kind.promises.filter(promises.contains)
  }
}
