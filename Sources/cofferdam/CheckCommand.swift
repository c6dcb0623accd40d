import ArgumentParser
import Documents
import Exploration
import Foundation
import Models
import Primitives
import Procedures
import Rules
import Scenarios

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Explores every interleaving of a model and gives a verdict, or a shortest counterexample.")

  @Argument(help: "The model: see `cofferdam list models`.") var model: String?
  @OptionGroup var host: HostOptions
  @OptionGroup var output: OutputOptions
  @Option(help: "Several platforms: a list with commas, or `all` that are built. That is tdx today.") var platforms: String?
  @Option(
    help: """
      NAME=FILE, or variant=NAME: compare with the same host in which this stands in. May be repeated. Status 0 when the same \
      properties hold, or both are as their files declare; 1 when not; 3 when not known.
      """) var against: [String] = []
  @Option(help: "Ask for this property only. May be repeated.") var property: [String] = []
  @Flag(help: "Ask what must come, too: see `cofferdam list properties`. Without symmetry, so it takes more.") var liveness = false
  @Option(help: "Devices, 1 to 2.") var devices: UInt8?
  @Option(help: "BAR pages of each device, 1 to 4.") var pages: UInt8?
  @Option(help: "Importers, 0 to 4.") var importers: UInt8?
  @Option(help: "Units of guest memory, 1 to 2 (default: 1).") var units: UInt8?
  @Flag(help: "A VMM that calls anything in any order.") var hostile = false
  @Flag(help: "With --hostile: it also writes what VFIO passes raw (the IDE capability). Twice the states.") var rawConfig = false
  @Flag(help: "A VMM that writes to the DOE mailbox, which VFIO hides and passes raw: relays come to an error. Twice the states.")
  var rawMailbox = false
  @Flag(help: "With --hostile: it switches bus mastering off and on in two writes. Half as many states again.")
  var busMaster = false
  @Flag(help: "With --hostile: it also makes memory private again that it had converted. Twice the states.") var convertBack = false
  @Option(
    help: """
      A procedure that nobody asks for otherwise, from now on at any time: \
      \(OptionalActors.enterable.map(\.id).joined(separator: ", ")). May be repeated. Always where a file of yours changes it.
      """) var enter: [String] = []
  @Option(
    help: """
      With private-mmio: steps of this procedure may fail by chance, as for \
      want of memory, where it says what happens then (`error: go`). May be \
      repeated. It is entered, and so is what has to come before. Always \
      where a file of yours changes it.
      """) var failing: [String] = []
  @Flag(help: "A DMA of a running interface that is dropped unseen is a fault (disputed).") var strictDma = false
  @Option(help: "Threads (default: 1). The verdict and the path are the same with any number.") var threads: Int?
  @Option(help: "Stop as incomplete after this many states.") var limit: Int?
  @Option(help: "Stop as incomplete at this many bytes (default: half of this machine's memory).") var memory: Int?
  @Option(help: "So many random walks instead, for worlds too large: what is found is real, nothing found proves nothing.") var randomWalk: Int?
  @Option(help: "The seed of random walks (default: 1).") var seed: UInt64?
  @Option(help: "States explored, beside a counterexample, for what would have broken nothing (default: 2000000); 0: not looked for.")
  var siblings: Int?
  @Flag(
    help: """
      Variants x faults, and every guard, in small worlds, and the models of rooms of their own: what catches what. With one of those models: \
      it alone. --fault takes files of yours in; --output is a folder.
      """) var matrix = false
  @Option(
    help: """
      An event log (JSON lines): is it a path of the rules? Status 0 when it is; 1 when not, and the first event that they do not \
      allow is named.
      """) var trace: String?
  @Option(name: .customLong("model"), help: "With --trace: the model whose set-up stands before the log, where the log does not say.")
  var traceModel: String?

  func run() throws {
    if matrix { return try MatrixCommand(self).run() }
    try refuseWhatSaysNothing()
    if let trace { return try checkTrace(trace) }
    if let own = RoomModel.named(model) { return try RoomModelCheck(own, self).run() }
    if traceModel != nil { throw Leave.badInput("--model\n  expected --trace FILE with it; what is checked stands without an option") }
    if host.variant == Self.everyVariant { return try askEveryVariant() }
    if !against.isEmpty { return try compare() }
    _ = try chosenPlatforms()
    try output.refuse(overwriting: host.files)
    let description = try host.description()
    Terminal.note(try host.procedures(description).doubts)
    let model = try makeModel(description)
    try refuseWhatIsNotEntered(model)
    Terminal.note(model.notes)
    Terminal.catchInterrupts()
    let start = Date()
    let check: Check
    do throws(SearchError) {
      if let randomWalk {
        check = try Check(walking: model, walks: randomWalk, seed: seed ?? 1, interrupt: { Terminal.isInterrupted })
      } else {
        check = try Check(model, options: options(since: start))
      }
    } catch {
      throw Leave.badInput(error.description)
    }
    if Terminal.showsProgress { Terminal.clearProgress() }
    let line = verdictLine(check, seconds: Date().timeIntervalSince(start))
    let document = try CheckReport(
      check: check, host: description, platform: host.platform, options: output, siblings: siblings ?? 2_000_000, line: line
    )
    .document()
    try output.write(document, last: line)
    switch check.verdict {
    case .holds: break
    case .violated, .notKept, .neverReached: throw Leave(.notAsDeclared)
    case .incomplete: throw Leave(.incomplete)
    }
  }

  /// An option that is not looked at would read as one that was obeyed.
  private func refuseWhatSaysNothing() throws {
    if let siblings, siblings < 0 { throw Leave.badInput("--siblings \(siblings)\n  expected a number of states, 0 for none") }
    if let limit, limit < 1 { throw Leave.badInput("--limit \(limit)\n  expected a number of states, at least 1") }
    if let memory, memory < 1 { throw Leave.badInput("--memory \(memory)\n  expected a number of bytes, at least 1") }
    if randomWalk == nil {
      if seed != nil { throw Leave.badInput("--seed is the seed of random walks\n  expected --random-walk N beside it") }
      return
    }
    for (option, isGiven) in [("--limit", limit != nil), ("--memory", memory != nil), ("--threads", threads != nil)] where isGiven {
      throw Leave.badInput("\(option) says nothing beside --random-walk\n  expected the number of walks alone to say how much is done")
    }
  }

  func refuse(_ options: [(name: String, isGiven: Bool)], beside what: String) throws {
    for (name, isGiven) in options where isGiven { throw Leave.badInput("\(name) says nothing beside \(what)\n  expected one of them") }
  }

  /// A comparison asks for all that is owed, and shows what is missed.
  func refuseMilestones(beside what: String) throws {
    for word in property where Milestone(id: word) != nil {
      throw Leave.badInput("--property \(word) says nothing beside \(what)\n  expected properties and promises: what comes nowhere is shown anyway")
    }
  }

  /// - Parameter changed: the procedures that are changed in what this is compared with.
  func makeModel(_ description: HostDescription, _ given: Parameters = Parameters(), changed: Set<Procedure> = []) throws -> Model {
    let known = ModelKind.allCases.map(\.rawValue) + RoomModel.all.map(\.name)
    guard let model else { throw Leave.badInput("which model?\n  expected one of: " + known.joined(separator: ", ")) }
    guard let kind = ModelKind(rawValue: model) else { throw Leave.unknown("model", model, among: known) }
    for (option, isGiven) in givenOptionalActors {
      guard !isGiven || kind == .privateMMIO else {
        throw Leave.badInput("\(option) says nothing beside \(kind.rawValue)\n  expected \(ModelKind.privateMMIO.rawValue)")
      }
      guard !isGiven || hostile || ["--enter", "--raw-mailbox", "--failing"].contains(option) else {
        throw Leave.badInput("\(option) is what a hostile VMM does\n  expected --hostile beside it")
      }
    }
    let questions = try Questions(property, liveness: liveness, of: kind, walks: randomWalk != nil)
    let procedures = try host.procedures(description)
    var bounds = kind.defaultBounds(isHostile: hostile || procedures.needsHostileVMM)
    bounds.devices = devices ?? bounds.devices
    bounds.pages = pages ?? bounds.pages
    bounds.importers = importers ?? bounds.importers
    bounds.memory = units ?? bounds.memory
    var parameters = given
    parameters.strictDMA = parameters.strictDMA || strictDma
    var optional = try optionalActors()
    let named = optional.failing
    optional.failing.formUnion(OptionalActors.failing(where: changed))
    let made: Model
    do throws(Model.Failure) {
      made = try Model(
        kind, procedures: procedures, bounds: bounds, isHostile: hostile, with: optional, parameters: parameters,
        properties: questions.properties, promises: questions.promises, milestones: questions.milestones)
    } catch {
      throw Leave.badInput(error.description)
    }
    if let idle = named.subtracting(made.fallible).min(by: { $0.code < $1.code }) {
      // Whoever names one that can be entered has it entered.
      let known = made.fallible.union(made.procedures.fallible.intersection(OptionalActors.enterable)).map(\.id).sorted()
      throw Leave.badInput(
        "--failing \(idle.id) says nothing here\n  expected " + (known.isEmpty ? "a procedure with `error: go`" : choices(known, like: idle.id)))
    }
    return made
  }

  /// Options that bring actors in, and whether they are given.
  var givenOptionalActors: [(String, Bool)] {
    [
      ("--raw-config", rawConfig), ("--raw-mailbox", rawMailbox), ("--bus-master", busMaster), ("--convert-back", convertBack),
      ("--enter", !enter.isEmpty), ("--failing", !failing.isEmpty),
    ]
  }

  private func optionalActors() throws -> OptionalActors {
    var actors = OptionalActors(writesRaw: rawConfig, spoilsMailbox: rawMailbox, switchesBusMaster: busMaster, returnsMemory: convertBack)
    for name in enter {
      guard let procedure = OptionalActors.enterable.first(where: { $0.id == name }) else {
        throw Leave.unknown("procedure to enter", name, among: OptionalActors.enterable.map(\.id))
      }
      actors.procedures.insert(procedure)
    }
    for name in failing {
      guard let procedure = Procedure(id: name), procedure != .none else {
        throw Leave.unknown("procedure that may fail", name, among: Procedure.allCases.filter { $0 != .none }.map(\.id))
      }
      actors.failing.insert(procedure)
    }
    return actors
  }

  /// A verdict about procedures of which nobody enters one would say nothing at all.
  func refuseWhatIsNotEntered(_ model: Model) throws {
    let missed = model.notEntered
    guard !missed.isEmpty, missed.count == model.procedures.changed.count else { return }
    throw Leave.badInput(
      model.noteOfNotEntered(missed) + (hostile ? "" : "\n  expected a procedure that is entered, or --hostile, or a scenario of `run`"))
  }

  func options(since start: Date) -> SearchOptions {
    let progress: ((SearchProgress) -> Void)? =
      Terminal.showsProgress
      ? { Terminal.progress($0, seconds: Date().timeIntervalSince(start)) } : nil
    return SearchOptions(
      limit: limit, memory: memory ?? Int(clamping: ProcessInfo.processInfo.physicalMemory / 2), threads: threads ?? 1, progress: progress,
      interrupt: { Terminal.isInterrupted })
  }

  /// The last line of the contract. Everything but `seconds` is the same for the same files.
  private func verdictLine(_ check: Check, seconds: TimeInterval) -> String {
    let report = check.report
    var line = "verdict: "
    var tail =
      " states=\(report.states) transitions=\(report.transitions) depth=\(report.depth)"
      + " bytes_per_state=\(Int(report.bytesPerState.rounded(.up)))"
    let place = "model=\(check.model.kind.rawValue) platform=\(host.platform.rawValue) variant=\(check.model.procedures.variant.name)"
    switch check.verdict {
    case .holds: line += "holds \(place)"
    case .violated(let property):
      line += "violated \(place) property=\(property.id)"
      if let found = check.counterexample { line += " length=\(found.actions.count) id=\(found.id)" }
    case .notKept(let promise):
      line += "violated \(place) property=\(promise.id)"
      if let lapse = check.lapse { line += " length=\(lapse.stem.count + lapse.cycle.count) cycle=\(lapse.cycle.count) id=\(lapse.id)" }
    case .neverReached(let milestone): line += "violated \(place) property=\(milestone.id) reached=never"
    case .incomplete(let reason): line += "incomplete \(place) reason=\(reason)"
    }
    if let walks = check.walks { tail += " walks=\(walks) seed=\(seed ?? 1)" }
    if !check.inferred.isEmpty { tail += " inferred=\(check.inferred.map(\.id).joined(separator: ","))" }
    tail += " exhaustive=\(report.isExhaustive ? "yes" : "no") seconds=\(String(format: "%.1f", seconds))"
    return line + tail
  }
}

extension Leave {
  /// - Parameter place: where it stands, as `FILE:LINE: `.
  static func unknown(_ kind: String, _ word: String, among words: [String], at place: String = "") -> Leave {
    var text = "\(place)unknown \(kind) \(quoted(word))"
    if let near = nearestWord(to: word, among: words) { text += " (did you mean '\(near)'?)" }
    return .badInput(text + "\n  expected " + choices(words, like: word))
  }
}
