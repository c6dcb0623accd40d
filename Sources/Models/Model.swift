import Exploration
import Procedures
import Rules

/// A model: the rules, a size, a cast, and what is asked. The same rules and the same procedures as the machine's.
public struct Model: Sendable {
  public let kind: ModelKind
  public let book: Rulebook
  public let procedures: ProcedureSet
  /// Labels are indices into this list.
  public let actions: [Action]
  /// What somebody enters in the search.
  let requested: Set<Procedure>
  /// What happened before the initial state: the same set-up as every run's.
  public let prologue: Prologue
  public let initial: PackedWorld
  /// Which worlds count as one.
  public let symmetry: Symmetry
  public let optional: OptionalActors
  /// What is asked.
  public let properties: [Property]
  /// What is asked of whole behaviours.
  public let promises: [Promise]
  /// What it should come to somewhere, to be about anything.
  public let wanted: [Milestone]
  /// Those that are asked: where one comes nowhere the verdict names it. All that are owed, where nobody asks for something else.
  public let milestones: [Milestone]
  /// What it would be asked, and is not, and why: a property that cannot break says nothing by holding.
  public let notAsked: [(property: Property, reason: String)]

  /// Why a model cannot be made.
  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case procedures(ProcedureError)
    /// More of something than a model has room for, or none of what it is about.
    case wrongSize(Bounds)
    case setUp(SetUpStop)
    /// None of the properties that were asked for can break here.
    case nothingAsked([String])
    /// It was asked for, and nobody is there who could come to it.
    case neverThere(Milestone)

    public var description: String {
      switch self {
      case .procedures(let error): return error.description
      case .wrongSize(let bounds):
        let misfit = bounds.misfit ?? (bounds.size, "another size")
        return "no model has \(misfit.what)\n  expected \(misfit.expected)"
      case .setUp(let stop):
        return "the set-up does not come to its end with these procedures: \(stop)"
      case .neverThere(let milestone):
        return
          "nobody in this world could come to it: \(milestone.id)\n  expected a procedure that is entered and has that purpose (--enter), an importer"
      case .nothingAsked(let reasons): return "nothing that is asked can break in this world: " + reasons.joined(separator: "; ")
      }
    }
  }

  public init(
    _ kind: ModelKind, procedures: ProcedureSet, bounds: Bounds? = nil, isHostile: Bool = false, with optional: OptionalActors = OptionalActors(),
    parameters: Parameters = Parameters(),
    properties: [Property]? = nil, promises: [Promise] = [], milestones: [Milestone]? = nil, symmetry: Symmetry = .tasks
  ) throws(Failure) {
    let isHostile = isHostile || procedures.needsHostileVMM
    let bounds = bounds ?? kind.defaultBounds(isHostile: isHostile)
    guard bounds.misfit == nil else { throw .wrongSize(bounds) }
    let playbook: Playbook
    do { playbook = try procedures.playbook() } catch { throw .procedures(error) }
    var parameters = parameters
    parameters.strictDMA = parameters.strictDMA || procedures.needsStrictDMA || properties?.contains(.dmaDroppedUnseen) == true
    let cast: Cast = kind != .privateMMIO ? .untrustedHost : isHostile ? .hostileVMM : .behaved
    var book = Rulebook(law: procedures.law, parameters: parameters, bounds: bounds, playbook: playbook, cast: cast)
    var optional = kind == .privateMMIO ? optional.fitting(cast, procedures) : OptionalActors()
    let misbehaves = Self.misbehaves(cast, optional)
    let mute = Self.mute(kind, misbehaves: misbehaves, parameters)
    self.properties = (properties ?? kind.properties).filter { property in !mute.contains { $0.property == property } }
    notAsked = mute.filter { (properties ?? kind.properties).contains($0.property) }
    self.promises = promises.filter(kind.promises.contains)
    guard !self.properties.isEmpty || !self.promises.isEmpty || milestones?.isEmpty == false else {
      throw .nothingAsked(mute.map { "\($0.property.id): \($0.reason)" })
    }
    book.asked = PropertySet(self.properties)
    var world = PackedWorld()
    var prologue: Prologue
    do throws(SetUpStop) {
      prologue = try world.setUp(book)
      if kind == .runningInterface { for d in 0..<bounds.devices { try world.startInterface(d, &prologue, book) } }
    } catch { throw .setUp(error) }
    // The world is set up by honest hands; the cast takes over afterwards.
    if prologue.broken == nil, cast != .behaved || misbehaves, world.perform(.misbehave, book) == .accepted { prologue.actions.append(.misbehave) }
    self.kind = kind
    // Whether a task starves depends on which one it is.
    self.symmetry = self.promises.isEmpty ? symmetry : .none
    self.book = book
    self.procedures = procedures
    self.prologue = prologue
    self.initial = world
    requested = kind.actions(bounds, cast: cast, with: optional).requested
    optional.failing.formIntersection(requested)
    self.optional = optional
    self.actions = kind.actions(bounds, cast: cast, with: optional)
    let purposeful = requested.filter { procedures[$0]?.isWithoutPurpose != true }
    let wanted = kind.milestones.filter { $0.isPossible(in: bounds, entering: purposeful) }
    if let idle = milestones?.first(where: { !wanted.contains($0) }) { throw .neverThere(idle) }
    self.wanted = wanted
    self.milestones = milestones.map { asked in wanted.filter(asked.contains) } ?? (properties == nil ? wanted.filter(\.isOwed) : [])
  }

  private static func misbehaves(_ cast: Cast, _ optional: OptionalActors) -> Bool { cast == .hostileVMM || optional.spoilsMailbox }

  private static func mute(
    _ kind: ModelKind, misbehaves: Bool, _ parameters: Parameters
  ) -> [(property: Property, reason: String)] {
    let own = "what a VMM that misbehaves does to its own VM is its own doing"
    var list: [(property: Property, reason: String)] = misbehaves ? [(.dmaDroppedUnseen, own), (.hostKillsVM, own), (.slotStaysPrivate, own)] : []
    if !misbehaves, !parameters.strictDMA { list.append((.dmaDroppedUnseen, "disputed, asked with --strict-dma")) }
    return list.filter { kind.properties.contains($0.property) }
  }

  /// The procedures that somebody enters here, be it in the set-up.
  public var entered: [Procedure] {
    Procedure.allCases.filter(prologue.actions.requested.union(requested).contains)
  }

  /// The procedures that are entered in the search and have steps that can fail by chance.
  public var fallible: Set<Procedure> { procedures.fallible.intersection(requested) }

  /// What happens before the first action of a counterexample. A set-up that breaks something is the counterexample itself.
  public var beginning: [Action] { prologue.broken == nil ? prologue.actions : [] }

  public var width: Int { PackedWorld.width(of: book.bounds) }

  /// What the explorer explores. The closures are specialised on the packed world here, once.
  public var system: TransitionSystem {
    let book = self.book, width = self.width
    let steps = Steps(actions, book, sortsTasks: symmetry == .tasks, tellsUnmapsApart: !promises.isEmpty)
    let brokenSetUp = prologue.broken
    var system = TransitionSystem(
      width: width, initial: (0..<width).map { initial.words[$0] }, labelCount: labelCount,
      check: { words in
        guard let broken = brokenSetUp ?? PackedWorld(words, width).brokenProperty(book) else { return 0 }
        return broken.code + 1
      },
      expand: { words, successors in steps.append(words, width, to: &successors) })
    // A set-up that is broken already is all there is to see: nobody need remember anything.
    if brokenSetUp == nil {
      system.makeWorker = {
        let recollection = Recollection(steps, width: width)
        return TransitionSystem.Worker(
          expand: { words, successors in recollection.append(words, to: &successors) }, check: { words in recollection.judge(words) })
      }
    }
    return system
  }
}

extension [Action] {
  /// The procedures that they ask for.
  fileprivate var requested: Set<Procedure> {
    Set(compactMap { if case .request(let procedure, _, _) = $0 { procedure } else { nil } })
  }
}

extension PackedWorld {
  @inline(__always) init(_ source: UnsafePointer<UInt64>, _ width: Int) {
    self.init()
    for i in 0..<min(width, 6) { words[i] = source[i] }
  }
}
