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
    try output.refuse(overwriting: host.files + [path])
    let platforms = try chosenPlatforms()
    let check: TraceCheck
    do {
      check = try self.check(try TraceLog(contentsOf: path))
    } catch let error as RecordingError {
      throw Leave.badInput(error.description)
    } catch let error as ScenarioError {
      throw Leave.badInput(error.description)
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
    let named = try (traceModel ?? model).map { name -> ModelKind in
      guard let kind = ModelKind(rawValue: name) else { throw Leave.unknown("model", name, among: ModelKind.allCases.map(\.rawValue)) }
      return kind
    }
    guard let header = log.header else { return try beginning(of: log, in: named, log.parameters ?? guessed) }
    guard header.platform == host.platform.rawValue else {
      guard let platform = Platform(rawValue: header.platform) else { throw Leave.badInput("\(log.file):1: unknown platform '\(header.platform)'") }
      try platform.requireBuilt()
      throw Leave.badInput("\(log.file):1: the log is of the platform \(header.platform)")
    }
    if header.kind == .counterexample, let named, named.rawValue != header.name {
      throw Leave.badInput("\(log.file):1: the log is a path of the model \(header.name)\n  expected --model \(header.name), or none")
    }
    let given = try host.description()
    var beginning = try TraceBeginning(header, host: given == HostDescription() ? nil : given)
    if let named, header.kind == .run { beginning.book.asked = PropertySet(named.properties) }
    return beginning
  }

  private func beginning(of log: TraceLog, in named: ModelKind?, _ parameters: Parameters) throws -> TraceBeginning {
    var command = self
    command.model = named?.rawValue ?? log.model ?? ModelKind.privateMMIO.rawValue
    if let variant = log.variant, host.variant == ProcedureSet.defaultVariant { command.host.variant = variant }
    let least = (ModelKind(rawValue: command.model ?? "") ?? .privateMMIO).defaultBounds(isHostile: hostile)
    let bounds = log.world(atLeast: least)
    (command.devices, command.pages, command.importers) = (devices ?? bounds.devices, pages ?? bounds.pages, importers ?? bounds.importers)
    let model = try command.makeModel(try command.host.description(), memory: bounds.memory, parameters)
    var beginning = try TraceBeginning(log, model.book, setUp: model.prologue.actions)
    beginning.variant = model.procedures.variant.name
    return beginning
  }

  private func document(_ report: TraceReport) throws -> String {
    switch output.format {
    case .text: return report.text
    case .json: return report.json
    case .mermaid: return report.text.split(separator: "\n").map { "%% \($0)" }.joined(separator: "\n")
    case .html:
      let notes = report.text.split(separator: "\n").dropFirst().map { Fact("", String($0)) }
      let title = report.text.split(separator: "\n").first.map(String.init) ?? ""
      do { return try HTMLChart.render(Chart(title: title, notes: notes, resultLine: report.line)) } catch { throw Leave.badInput("\(error)") }
    }
  }
}
