import Exploration
import Modelling
import Models
import Primitives

/// One question of the fault matrix to a model of a room of its own.
struct RoomCell: Sendable {
  /// What the cell is about.
  enum Subject: Hashable, Sendable {
    /// The model as it is: everything holds, and what it is to come to is reached.
    case sound
    /// A named fault, behind whose first violation the search goes on, for all the properties that see it.
    case fault(String)
    /// A guard that nobody asks. The property that is said to miss it is asked alone, so that no other answers for it.
    case lawless(GuardEntry)
  }

  let model: RoomModel
  let subject: Subject

  /// Whole for every model as it is; behind a violation there may be a world without an end.
  static let limit = 3_000_000, limitBehindViolations = 1_500_000

  /// As `--fault` takes it.
  var fault: String? {
    switch subject {
    case .sound: nil
    case .fault(let name): name
    case .lawless(let law): "drop-guard:" + law.id
    }
  }

  /// Nil for what has to hold.
  var declared: RoomModel.Declaration? { fault.map(model.declaration) }

  /// The properties that are asked; none are all.
  var asked: [String] {
    guard case .lawless = subject, case .breaks(let property)? = declared else { return [] }
    return [property]
  }

  /// Behind its first violation, for all the properties that see the fault.
  var goesOn: Bool { if case .fault = subject { true } else { false } }

  /// The command that asks the same question.
  var command: String {
    var words = ["cofferdam check", model.name]
    if let fault { words += ["--fault", fault] }
    for property in asked { words += ["--property", property] }
    if asked.isEmpty, model.hasPromises { words.append("--liveness") }
    return words.joined(separator: " ")
  }

  /// Explores. A limit of the caller's takes the place of the cell's own.
  func explored(limit: Int? = nil, options: CheckOptions = CheckOptions()) throws(ModelError) -> RoomResult {
    var options = options
    options.limit = limit ?? (goesOn ? Self.limitBehindViolations : Self.limit)
    options.stopsAtFirst = !goesOn
    let request = RoomModel.Request(fault: fault, properties: asked, liveness: asked.isEmpty && model.hasPromises)
    return RoomResult(self, try model.make(request).check(options))
  }
}

extension RoomCell: CustomStringConvertible {
  var description: String { ([model.name] + [fault].compactMap { $0 }).joined(separator: " ") }
}

/// The rooms' part of the plan: each model as it is, each of its faults, each of its guards that it is said to miss.
struct RoomMatrix: Sendable {
  let models: [RoomModel]
  let cells: [RoomCell]

  init(_ models: [RoomModel] = RoomModel.all) {
    self.models = models
    cells = models.flatMap { model in
      let lawless = model.guards.map { RoomCell(model: model, subject: .lawless($0)) }.filter { $0.declared != .table }
      return [RoomCell(model: model, subject: .sound)] + model.faults.map { RoomCell(model: model, subject: .fault($0.name)) } + lawless
    }
  }

  var faults: Int { models.reduce(0) { $0 + $1.faults.count } }
}
