import Exploration
import Primitives
import Procedures
import Rules

/// One exploration: a model, how far to go, and what came out.
public struct Check: Sendable {
  public let model: Model
  public let report: SearchReport
  /// The shortest way to the first violation, if there is one.
  public let counterexample: Counterexample?

  /// Explores. `options` bound it; the verdict says what was covered.
  public init(_ model: Model, options: SearchOptions = SearchOptions()) throws(SearchError) {
    var explorer = try Explorer(model.system, options: options)
    report = explorer.run()
    self.model = model
    counterexample = report.violations.first.flatMap { Counterexample($0, of: model) }
  }

  /// Walks at random, for a world too large: what is found is real, and nothing found says little.
  public init(walking model: Model, walks: Int, seed: UInt64, interrupt: (() -> Bool)? = nil) throws(SearchError) {
    var walk = try RandomWalk(model.system, walks: walks, seed: seed)
    walk.interrupt = interrupt
    report = walk.run()
    self.model = model
    counterexample = report.violations.first.flatMap { Counterexample($0, of: model) }
  }

  public enum Verdict: Hashable, Sendable {
    case holds
    case violated(Property)
    case incomplete(String)
  }

  public var verdict: Verdict {
    if let counterexample { return .violated(counterexample.property) }
    switch report.end {
    case .exhausted: return .holds
    // A violation that no property claims is a defect of the model: not a verdict, and never a good one.
    case .stoppedAtViolation: return .incomplete("unknown-violation")
    case .incomplete(let reason): return .incomplete(reason.rawValue)
    }
  }

  /// Actions that never led anywhere: what the model did not get to show.
  public var neverFired: [Action] { zip(model.actions, report.firedLabels).filter { $0.1 == 0 }.map(\.0) }
}

/// The actions that lead from the set-up to a violation, and the name under which they can be quoted.
public struct Counterexample: Hashable, Sendable {
  public let property: Property
  public let actions: [Action]
  /// Stable: the same model, procedures, faults and actions give the same identifier on every machine.
  public let id: String

  public init(property: Property, actions: [Action], id: String) {
    (self.property, self.actions, self.id) = (property, actions, id)
  }

  init?(_ violation: Violation, of model: Model) {
    // Where the set-up breaks it, the set-up is the path.
    let path = model.prologue.broken != nil ? model.prologue.actions : model.unfold(violation.path)
    guard violation.property > 0, Int(violation.property) <= Property.allCases.count else { return nil }
    property = Property(code: violation.property - 1)
    actions = path
    id = Self.identifier(property: property, actions: path, of: model)
  }

  static func identifier(property: Property, actions: [Action], of model: Model) -> String {
    var hash = StableHash()
    hash.combine(model.kind.rawValue)
    hash.combine(model.procedures.variant.name)
    for fault in model.procedures.faults { hash.combine(fault) }
    // The steps themselves: a file of a user's, or an edited one, is another host under the same name.
    for position in 0..<model.book.playbook.count { hash.combine("\(model.book.playbook[UInt16(position)])") }
    hash.combine("\(model.book.parameters)")
    let bounds = model.book.bounds
    for n in [bounds.devices, bounds.pages, bounds.importers, bounds.memory, model.book.cast.code] { hash.combine(UInt64(n)) }
    hash.combine(property.id)
    for action in actions { hash.combine(action.description) }
    let digits = String(hash.value >> 24, radix: 16)
    let padded = String(repeating: "0", count: 10 - digits.count) + digits
    return "\(padded.prefix(4))-\(padded.dropFirst(4).prefix(4))-\(padded.suffix(2))"
  }
}
