import Exploration
import Foundation
import Modelling
import Procedures

/// `cofferdam check` for a model of a room of its own, with the options that say something about it.
struct RoomModelCheck {
  let model: RoomModel
  let command: CheckCommand

  init(_ model: RoomModel, _ command: CheckCommand) { (self.model, self.command) = (model, command) }

  func run() throws {
    try refuseWhatSaysNothing()
    try command.output.refuse(overwriting: [])
    let request = try request()
    Terminal.catchInterrupts()
    let start = Date()
    let report: Report
    do throws(ModelError) { report = try model.make(request).check(options(since: start)) } catch { throw Leave.badInput("\(error)") }
    if Terminal.showsProgress { Terminal.clearProgress() }
    let line = line(report, Date().timeIntervalSince(start))
    try command.output.write(try document(report, request, line), last: line)
    switch report.verdict {
    case .holds: break
    case .violated: throw Leave(.notAsDeclared)
    case .incomplete: throw Leave(.incomplete)
    }
  }

  private func document(_ report: Report, _ request: RoomModel.Request, _ line: String) throws -> String {
    switch command.output.format {
    case .json: return report.json
    case .html: return try RoomModelPage(model: model, report: report, request: request, line: line).html()
    case .text, .mermaid: return Self.withoutVerdict(report.description)
    }
  }

  /// The model's own last line says the same in words.
  private static func withoutVerdict(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("verdict: ") }.joined(separator: "\n")
  }

  private func request() throws -> RoomModel.Request {
    var request = RoomModel.Request(liveness: command.liveness, pages: command.pages)
    if let fault = command.host.fault.first {
      guard model.faultNames.contains(fault) else { throw Leave.unknown("fault", fault, among: model.faultNames) }
      request.fault = fault
    }
    for name in command.property {
      guard model.properties.contains(where: { $0.name == name }) else {
        throw Leave.unknown("property", name, among: model.properties.map(\.name))
      }
      request.properties.append(name)
    }
    return request
  }

  private func refuseWhatSaysNothing() throws {
    let given: [(String, Bool)] = [
      ("--procedure", !command.host.procedure.isEmpty), ("--against", !command.against.isEmpty), ("--devices", command.devices != nil),
      ("--importers", command.importers != nil), ("--units", command.units != nil), ("--hostile", command.hostile),
      ("--strict-dma", command.strictDma),
      ("--random-walk", command.randomWalk != nil), ("--seed", command.seed != nil), ("--model", command.traceModel != nil),
      ("--platforms", command.platforms != nil), ("--variant", command.host.givenVariant != nil),
      ("--siblings", command.siblings != nil), ("a second --fault", command.host.fault.count > 1),
      ("--liveness", command.liveness && !model.hasPromises), ("--pages", command.pages != nil && model.pages == nil),
    ]
    for (option, isGiven) in given + command.givenOptionalActors where isGiven { throw Leave.badInput("\(option) says nothing beside \(model.name)") }
    if let platform = command.host.givenPlatform, platform != model.platform {
      try platform.requireBuilt()
      throw Leave.badInput(
        "--platform \(platform.rawValue) says nothing beside \(model.name)\n  expected \(model.platform.map(\.rawValue) ?? "none")")
    }
    guard command.output.format != .mermaid else {
      throw Leave.badInput("--format \(command.output.format)\n  expected text, json or html for this model")
    }
    if let pages = model.pages, let asked = command.pages, !pages.range.contains(asked) {
      throw Leave.badInput("--pages \(asked)\n  expected \(pages.meaning)")
    }
  }

  private func options(since start: Date) -> CheckOptions {
    CheckOptions(
      limit: command.limit, memory: command.memory ?? Int(clamping: ProcessInfo.processInfo.physicalMemory / 2), threads: command.threads ?? 1,
      progress: Terminal.showsProgress ? { Terminal.progress($0, seconds: Date().timeIntervalSince(start)) } : nil,
      interrupt: { Terminal.isInterrupted })
  }

  private func line(_ report: Report, _ seconds: TimeInterval) -> String {
    let place = "model=\(model.name)" + (model.platform.map { " platform=\($0.rawValue)" } ?? "")
    let head: String =
      switch report.verdict {
      case .holds: "holds \(place)"
      case .violated(let sentence):
        "violated \(place) property=\(model.properties.first { $0.summary == sentence }?.name ?? "never-reached")"
          + " length=\(report.counterexample?.steps.count ?? 0)"
      case .incomplete(let reason): "incomplete \(place) reason=\(reason)"
      }
    let bytes = report.states > 0 ? (report.peakBytes + report.states - 1) / report.states : 0
    return "verdict: \(head) states=\(report.states) transitions=\(report.transitions) depth=\(report.depth) bytes_per_state=\(bytes)"
      + " exhaustive=\(report.isExhaustive ? "yes" : "no") seconds=\(String(format: "%.1f", seconds))"
  }
}
