import Documents
import Primitives
import Procedures
import Rules

/// The actions of a recording, asked of the rules alone: no bytes, no roles, no machine. Every outcome and every change must be
/// the same, because the machine does nothing that the rules did not decide.
extension Replay {
  /// The differences; none for every recording that a machine wrote.
  public static func throughRules(_ recording: Recording) throws(ScenarioError) -> [Difference] {
    let header = recording.header
    let beginning = try header.beginning()
    let book = beginning.book
    var world = beginning.world
    var differences: [Difference] = []
    for event in recording.events {
      guard let text = event.action, let action = Action(text), differences.count < differenceLimit else { continue }
      var draft = world
      var outcome = draft.perform(action, book)
      var changes: [RecordedEvent.Change] = []
      if outcome.changesTheWorld {
        changes = draft.takeJournal().map {
          RecordedEvent.Change(place: header.shape.place(of: $0.field, $0.index), before: $0.field.text($0.before), after: $0.field.text($0.after))
        }
        world = draft
        if !outcome.isViolation, let broken = world.brokenProperty(book) { outcome = .violated(broken) }
      }
      let got = outcome.words, expected = event.words
      if got != expected { differences.append(Difference(event: event.index, what: "'\(text)'", expected: expected, got: got)) }
      if changes != event.changes {
        differences.append(
          Difference(event: event.index, what: "changes of '\(text)'", expected: event.changes.inWords, got: changes.inWords))
      }
    }
    return differences
  }
}

extension RecordingHeader {
  /// The world before the first event, and the rules that it is played by.
  func beginning() throws(ScenarioError) -> (world: TableWorld, book: Rulebook) {
    let scenario = try ScenarioError.mapping { () throws(DocumentError) in
      try self.scenario.map { source throws(DocumentError) in try ScenarioFile(source) }
    }
    let book = try ScenarioError.mapping { () throws(ProcedureError) in
      let procedures = try host.procedures(with: scenario?.faults ?? [])
      var book = Rulebook(law: procedures.law, parameters: parameters, bounds: bounds, playbook: try procedures.playbook(), cast: cast)
      // A counterexample is asked for what it breaks, as when it was executed first; a lapse breaks nothing.
      if let claim { book.asked = PropertySet(claim.property.map { [$0] } ?? []) }
      return book
    }
    var world = TableWorld(bounds: bounds)
    world.begin()
    for action in prologue { _ = world.perform(action, book) }
    _ = world.takeJournal()
    return (world, book)
  }
}

extension Outcome {
  fileprivate var words: String {
    switch self {
    case .accepted: "accepted"
    case .refused(let why), .failed(let why): "refused by \(why.id)"
    case .violated(let property): "violated \(property.id)"
    }
  }
}

extension RecordedEvent {
  fileprivate var words: String { property.map { "violated \($0)" } ?? guardID.map { "refused by \($0)" } ?? "accepted" }
}

extension [RecordedEvent.Change] {
  fileprivate var inWords: String { isEmpty ? "none" : map { "\($0.place) \($0.before) → \($0.after)" }.joined(separator: ", ") }
}

extension MachineShape {
  /// A field's place by the names of this machine, as events print it.
  func place(of field: Field, _ index: Int) -> String {
    func name(_ names: [String], _ i: Int) -> String { names.indices.contains(i) ? names[i] : String(i) }
    let ids = devices.map(\.id), pages = devices.first?.pages.count ?? 1
    return switch field.axis {
    case .world: "\(field)"
    case .memory: "\(field)[gpa \(name(privateUnits.map { hexadecimal($0.base) }, index))]"
    case .task: "\(field)[task \(index)]"
    case .importer: "\(field)[\(name(importers, index))]"
    case .device: "\(field)[\(name(ids, index))]"
    case .page: "\(field)[\(name(ids, index / max(1, pages)))/\(index % max(1, pages))]"
    }
  }
}
