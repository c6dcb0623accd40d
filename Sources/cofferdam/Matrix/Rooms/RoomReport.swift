import Models
import Primitives
import Rules

/// What the rooms' cells that were explored come to together.
struct RoomReport: Sendable {
  let matrix: RoomMatrix
  /// In the order of the plan; fewer than it has where somebody interrupted.
  let results: [RoomResult]

  init(_ matrix: RoomMatrix, _ results: [RoomResult]) { (self.matrix, self.results) = (matrix, results) }

  var isPartial: Bool { results.count < matrix.cells.count }
  var troubles: [RoomResult] { results.filter { [.uncaught, .blamed, .otherwise].contains($0.judgement) } }
  var undecided: [RoomResult] { results.filter { if case .undecided = $0.judgement { true } else { false } } }

  /// Who misses a guard.
  enum Miss: Hashable, Sendable {
    case property(RoomFinding)
    /// A table in the tests of the room.
    case table
    case none
    /// Its cell was not explored, or not to the end.
    case unknown
  }

  struct Law: Sendable {
    /// Whose it is.
    var room: String
    var entry: GuardEntry
    var miss: Miss
    var result: RoomResult?
  }

  /// Every guard of these rooms once. Those that the machine's rules have as well are counted there.
  var guards: [Law] {
    var laws: [Law] = []
    for model in matrix.models {
      let room = model.law ?? model.name
      for entry in model.guards where !Guard.laws.contains(where: { $0.entry.id == entry.id }) {
        let law = law(entry, of: model, in: room)
        // One that two models ask is missed if one of them misses it.
        if let known = laws.firstIndex(where: { $0.room == room && $0.entry.id == entry.id }) {
          if case .property = laws[known].miss { continue }
          laws[known] = law
        } else {
          laws.append(law)
        }
      }
    }
    let rooms = Set(laws.map(\.room))
    for (room, entries) in RoomModel.unmodelled where rooms.contains(room) && matrix.models.count > 1 {
      laws += entries.map { Law(room: room, entry: $0, miss: .table) }
    }
    return laws
  }

  private func law(_ entry: GuardEntry, of model: RoomModel, in room: String) -> Law {
    if model.declaration("drop-guard:" + entry.id) == .table { return Law(room: room, entry: entry, miss: .table) }
    guard let result = results.first(where: { $0.cell.model.name == model.name && $0.cell.subject == .lawless(entry) }) else {
      return Law(room: room, entry: entry, miss: .unknown)
    }
    if result.judgement == .asDeclared, let first = result.findings.first {
      return Law(room: room, entry: entry, miss: .property(first), result: result)
    }
    if case .undecided = result.judgement { return Law(room: room, entry: entry, miss: .unknown, result: result) }
    return Law(room: room, entry: entry, miss: .none, result: result)
  }

  /// What breaks a property through a fault or a missing guard, and in which cell.
  func seen(by property: String, of model: RoomModel) -> [(result: RoomResult, finding: RoomFinding)] {
    results.filter { $0.cell.model.name == model.name && $0.cell.fault != nil }.compactMap { result in
      result.findings.first { $0.property == property }.map { (result, $0) }
    }
  }

  /// Properties that nothing breaks: what cannot fail says nothing by holding.
  var unbroken: [String] {
    matrix.models.flatMap { model in
      model.properties.filter { seen(by: $0.name, of: model).isEmpty }.map { "\($0.name) of \(model.name)" }
    }
  }

  /// As of the machine's part: a trouble is one however much was left out; that something is unbroken only a whole can say.
  var verdict: MatrixReport.Verdict {
    if !troubles.isEmpty || guards.contains(where: { $0.miss == .none }) { return .notAsDeclared }
    if isPartial || !undecided.isEmpty { return .incomplete }
    return unbroken.isEmpty ? .asDeclared : .notAsDeclared
  }
}
