import Exploration
import Procedures
import Rules

/// One question of the fault matrix: a world to explore, and what its files say that it comes to.
public struct MatrixCell: Hashable, Sendable {
  /// What the cell is about.
  public enum Subject: Hashable, Sendable {
    /// A variant as it is.
    case variant
    /// A named fault.
    case fault(String)
    /// A fault that a guard refuses, and that guard switched off as well.
    case unguarded(String, Guard)
    /// A guard switched off, in the world of its witness.
    case lawless(Guard)
    /// The world of a witness with all guards in force: what breaks there without one breaks for want of it.
    case lawful
  }

  /// What the files say, in the words in which an exploration is held to it.
  public enum Declaration: Hashable, Sendable {
    /// Nothing breaks, and all of it is seen.
    case holds
    /// Nothing breaks as far as the limit goes: worlds too large for a matrix.
    case holdsSoFar
    /// The first violation is one of these.
    case breaks([Property])
    /// All of these break, and nothing else does of what is asked.
    case breaksJust([Finding.Witness])
    /// Something breaks, or comes nowhere; the files do not say what.
    case breaksSomething
    /// The promise is not kept.
    case lapses(Promise)
    /// Nothing breaks, and the first of what it nowhere comes to is one of these.
    case misses([Milestone])
  }

  public var subject: Subject
  public var kind = ModelKind.privateMMIO
  public var platform = "tdx"
  public var variant = ProcedureSet.defaultVariant
  public var bounds = Bounds(devices: 1, pages: 1, importers: 1, memory: 1)
  public var isHostile = false
  public var strictDMA = false
  /// Nil: all that the model is asked.
  public var properties: [Property]?
  public var promises: [Promise] = []
  /// Nil: all that is owed, where all properties are asked.
  public var milestones: [Milestone]?
  public var declared: Declaration
  public var limit = 6_000_000
  /// The place in which the fault's file says that it shows: the first variant that it is made for.
  public var isHome = true
  /// A guard refuses what the subject's fault tries, says its file.
  public var isRefused = false
  /// Go on behind the first violation, for all the properties that see the fault.
  public var goesOn = false
  /// The subject's fault, where it is a user's file: it is applied as it was read.
  public var guest: FaultFile?
  /// A fault that the witness of a guard needs beside the dropped guard, or that a control has.
  public var companion: String?

  public init(_ subject: Subject, declared: Declaration) { (self.subject, self.declared) = (subject, declared) }

  /// As `--fault` takes them, in the order in which they are applied.
  public var faults: [String] {
    switch subject {
    case .variant, .lawful: companion.map { [$0] } ?? []
    case .fault(let name): [name]
    case .unguarded(let name, let law): [name, "drop-guard:\(law.id)"]
    case .lawless(let law): (companion.map { [$0] } ?? []) + ["drop-guard:\(law.id)"]
    }
  }

  /// An exploration that a bound ends decides nothing; where nothing was found that is enough for some.
  public var mustBeDecided: Bool { declared != .holdsSoFar }

  /// Takes longer than all the others together, and comes last: whoever interrupts then has the rest whole.
  public var isLongest: Bool { limit >= FaultMatrix.largest }

  /// Each variant's files are read once, and not for each of two hundred cells.
  private static let builtIn: [String: ProcedureSet] = ProcedureSet.variantNames.reduce(into: [:]) { $0[$1] = try? ProcedureSet(variant: $1) }

  public func model() throws(Model.Failure) -> Model {
    var procedures: ProcedureSet
    do throws(ProcedureError) {
      if let known = Self.builtIn[variant] { procedures = known } else { procedures = try ProcedureSet(variant: variant) }
      for fault in faults {
        if let guest, guest.name == fault { try procedures.apply(guest) } else { try procedures.apply(fault: fault) }
      }
    } catch { throw .procedures(error) }
    var parameters = Parameters()
    parameters.strictDMA = strictDMA
    return try Model(
      kind, procedures: procedures, bounds: bounds, isHostile: isHostile, parameters: parameters, properties: properties, promises: promises,
      milestones: milestones)
  }

  /// The command that asks the same question.
  public var command: String {
    var words = ["cofferdam check", kind.rawValue, "--variant", variant, "--pages", "\(bounds.pages)", "--importers", "\(bounds.importers)"]
    if bounds.memory > 1 { words += ["--units", "\(bounds.memory)"] }
    if isHostile { words.append("--hostile") }
    if strictDMA { words.append("--strict-dma") }
    for fault in faults { words += ["--fault", guest?.name == fault ? guest?.file ?? fault : fault] }
    if properties == nil, !promises.isEmpty { return words.joined(separator: " ") + " --liveness" }
    for property in properties ?? [] { words += ["--property", property.id] }
    for promise in promises { words += ["--property", promise.id] }
    for milestone in milestones ?? [] { words += ["--property", milestone.id] }
    return words.joined(separator: " ")
  }
}

extension MatrixCell: CustomStringConvertible {
  public var description: String {
    let asked =
      properties == nil && !promises.isEmpty ? ["liveness, too"] : (properties ?? []).map(\.id) + promises.map(\.id) + (milestones ?? []).map(\.id)
    var text = ([kind.rawValue, variant] + faults).joined(separator: " ")
    if kind == .privateMMIO, isHostile { text += " hostile" }
    if bounds.pages > 1 { text += " pages=\(bounds.pages)" }
    if bounds.memory > 1 { text += " units=\(bounds.memory)" }
    return text + (asked.isEmpty ? "" : " (\(asked.joined(separator: ", ")))")
  }
}
