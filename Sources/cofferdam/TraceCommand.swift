import ArgumentParser
import Charts
import Models
import Procedures
import Rules
import Scenarios

/// `check --trace`: an event log against the rules. `--model` says where a log begins that does not say so itself.
extension CheckCommand {
  func checkTrace(_ path: String) throws {
    if !against.isEmpty || randomWalk != nil { throw Leave.badInput("--trace with --against or --random-walk\n  expected one of them") }
    // Nothing is searched, and a log tells by itself who took part.
    let searching: [(String, Bool)] = [
      ("--threads", threads != nil), ("--limit", limit != nil), ("--memory", memory != nil), ("--siblings", siblings != nil),
      ("--liveness", liveness),
    ]
    try refuse(searching + givenOptionalActors, beside: "--trace")
    try output.refuse(overwriting: host.files + [path])
    let platforms = try chosenPlatforms()
    Terminal.note(try host.description().doubts)
    let check: TraceCheck
    do {
      check = try self.check(try TraceLog(contentsOf: path))
    } catch let error as RecordingError {
      throw Leave.badInput(error.description)
    } catch let error as ScenarioError {
      throw Leave.badInput("\(path):1: \(error)")
    }
    let report = TraceReport(check, platform: platforms.first?.rawValue ?? host.platform.rawValue)
    try output.write(try document(report), last: report.line)
    switch report.check.verdict {
    case .allowed: break
    case .refused: throw Leave(.notAsDeclared)
    case .ambiguous: throw Leave(.incomplete)
    }
  }

  /// Where the log does not say which pages are TEE memory, any report that a device can make will do.
  private func check(_ log: TraceLog) throws -> TraceCheck {
    let beginning = try beginning(of: log, Parameters())
    guard log.header == nil, log.parameters == nil else { return TraceCheck(log, from: beginning) }
    return try TraceCheck.inAnyReport(pages: beginning.book.bounds.pages) { pages in
      var parameters = Parameters()
      parameters.nonTEEPages = pages
      return TraceCheck(log, from: try self.beginning(of: log, parameters))
    }
  }

  /// A recording says where it begins and whose procedures it is played by, unless others are named here. What a model adds to
  /// it are the properties that it is asked.
  private func beginning(of log: TraceLog, _ guessed: Parameters) throws -> TraceBeginning {
    if let traceModel, let model, model != traceModel {
      throw Leave.badInput("--model \(traceModel) with the model \(model)\n  expected one of them")
    }
    let named = try (traceModel ?? model).map { try machineModel(named: $0) }
    try refuse(otherPlatform: log.header?.platform ?? log.platform, of: log)
    guard let header = log.header else { return try beginning(of: log, in: named, log.parameters ?? guessed) }
    try refuse(
      [
        ("--devices", devices != nil), ("--pages", pages != nil), ("--importers", importers != nil), ("--units", units != nil),
        ("--hostile", hostile),
        ("--strict-dma", strictDma), ("--property", !property.isEmpty),
      ], beside: "a log that says where it begins")
    if header.kind == .counterexample, let named, named.rawValue != header.name {
      throw Leave.badInput("\(log.file):1: the log is a path of the model \(header.name)\n  expected --model \(header.name), or none")
    }
    let given = try host.description()
    var beginning = try TraceBeginning(header, host: host.isGiven ? given : nil)
    if let named, header.kind == .run { beginning.book.asked = PropertySet(named.properties) }
    return beginning
  }

  /// The model's whose set-up may stand before a log: one of the machine's.
  private func machineModel(named name: String, at place: String = "") throws -> ModelKind {
    guard let kind = ModelKind(rawValue: name) else {
      let known = ModelKind.allCases.map(\.rawValue)
      guard RoomModel.named(name) == nil else {
        throw Leave.badInput(
          place + "the model \(name) has no machine whose log could be held to it\n  expected one of: " + known.joined(separator: ", "))
      }
      throw Leave.unknown("model", name, among: known, at: place)
    }
    return kind
  }

  private func refuse(otherPlatform name: String?, of log: TraceLog) throws {
    guard let name, name != host.platform.rawValue else { return }
    let place = "\(log.file):1: "
    guard let platform = Platform(rawValue: name) else {
      throw Leave.unknown("platform", name, among: Platform.allCases.map(\.rawValue), at: place)
    }
    guard platform.isBuilt else { throw Leave.notBuiltYet(place + "platform \(name)") }
    throw Leave.badInput(place + "the log is of the platform \(name)\n  expected --platform \(name)")
  }

  private func beginning(of log: TraceLog, in named: ModelKind?, _ parameters: Parameters) throws -> TraceBeginning {
    var command = self
    let place = "\(log.file):1: "
    let kind = try named ?? log.model.map { try machineModel(named: $0, at: place) } ?? .privateMMIO
    command.model = kind.rawValue
    if let variant = log.variant, host.givenVariant == nil {
      guard ProcedureSet.variantNames.contains(variant) else {
        throw Leave.unknown("variant", variant, among: ProcedureSet.variantNames, at: place)
      }
      command.host.givenVariant = variant
    }
    var bounds = log.world(atLeast: kind.defaultBounds(isHostile: hostile))
    (bounds.devices, bounds.pages, bounds.importers) = (devices ?? bounds.devices, pages ?? bounds.pages, importers ?? bounds.importers)
    bounds.memory = units ?? bounds.memory
    guard bounds.misfit == nil else { throw Leave.badInput("\(log.file): \(Model.Failure.wrongSize(bounds))") }
    (command.devices, command.pages, command.importers, command.units) = (bounds.devices, bounds.pages, bounds.importers, bounds.memory)
    let model = try command.makeModel(try command.host.description(), parameters)
    var beginning = try TraceBeginning(log, model.book, setUp: model.prologue.actions)
    beginning.variant = model.procedures.variant.name
    return beginning
  }

  private func document(_ report: TraceReport) throws -> String {
    switch output.format {
    case .text: return report.text
    case .json: return report.json
    case .mermaid: return MermaidChart.note("the log on \(report.platform)", report.line, below: report.text)
    case .html:
      let notes = report.text.split(separator: "\n").dropFirst().map { Fact("", String($0)) }
      let title = report.text.split(separator: "\n").first.map(String.init) ?? ""
      do { return try HTMLChart.render(Chart(title: title, notes: notes, resultLine: report.line)) } catch { throw Leave.badInput("\(error)") }
    }
  }
}
