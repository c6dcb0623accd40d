import Exploration
import Foundation
import HeapModels
import Modelling

/// `cofferdam check restricted-heap`: a model of its own making, with the options that say something about it.
struct RestrictedCheck {
  let command: CheckCommand

  init(_ command: CheckCommand) { self.command = command }

  func run() throws {
    try refuseWhatSaysNothing()
    let fault = try command.host.fault.first.map { try Self.fault($0) }
    let asked = try command.property.map { name in
      guard let found = HeapProperty(rawValue: name) else { throw Leave.unknown("property", name, among: HeapProperty.allCases.map(\.rawValue)) }
      return found
    }
    let isLive = command.liveness || asked.contains(.lendNotReclaimed)
    Terminal.catchInterrupts()
    let start = Date()
    let report: Report
    do throws(ModelError) {
      let model = try RestrictedHeapModel.make(pages: Int(command.pages ?? 2), fault: fault, liveness: isLive, asking: asked)
      report = try model.check(options(since: start))
    } catch { throw Leave.badInput("\(error)") }
    if Terminal.showsProgress { Terminal.clearProgress() }
    let line = line(report, Date().timeIntervalSince(start))
    try command.output.write(command.output.format == .json ? report.json : Self.withoutVerdict(report.description), last: line)
    switch report.verdict {
    case .holds: break
    case .violated: throw Leave(.notAsDeclared)
    case .incomplete: throw Leave(.incomplete)
    }
  }

  /// The model's own last line says the same in words.
  private static func withoutVerdict(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("verdict: ") }.joined(separator: "\n")
  }

  static func fault(_ name: String) throws -> HeapFault {
    guard let fault = HeapFault(name) else { throw Leave.unknown("fault", name, among: HeapFault.named.map(\.name) + ["drop-guard:ID"]) }
    return fault
  }

  private func refuseWhatSaysNothing() throws {
    let given: [(String, Bool)] = [
      ("--procedure", !command.host.procedure.isEmpty), ("--against", !command.against.isEmpty), ("--devices", command.devices != nil),
      ("--importers", command.importers != nil), ("--hostile", command.hostile), ("--strict-dma", command.strictDma),
      ("--random-walk", command.randomWalk != nil), ("--seed", command.seed != nil), ("a second --fault", command.host.fault.count > 1),
    ]
    for (option, isGiven) in given where isGiven { throw Leave.badInput("\(option) says nothing beside \(RestrictedHeapModel.name)") }
    guard [.text, .json].contains(command.output.format) else {
      throw Leave.badInput("--format \(command.output.format)\n  expected text or json for this model")
    }
    guard (2...4).contains(command.pages ?? 2) else {
      throw Leave.badInput("--pages \(command.pages ?? 0)\n  expected 2 to 4, of which one is a carve-out")
    }
  }

  private func options(since start: Date) -> CheckOptions {
    CheckOptions(
      limit: command.limit, memory: command.memory ?? Int(clamping: ProcessInfo.processInfo.physicalMemory / 2), threads: command.threads ?? 1,
      progress: Terminal.showsProgress ? { Terminal.progress($0, seconds: Date().timeIntervalSince(start)) } : nil,
      interrupt: { Terminal.isInterrupted })
  }

  private func line(_ report: Report, _ seconds: TimeInterval) -> String {
    let place = "model=\(RestrictedHeapModel.name) platform=trustzone"
    let head: String =
      switch report.verdict {
      case .holds: "holds \(place)"
      case .violated(let sentence):
        "violated \(place) property=\(HeapProperty(sentence: sentence)?.rawValue ?? "never-reached") length=\(report.counterexample?.steps.count ?? 0)"
      case .incomplete(let reason): "incomplete \(place) reason=\(reason)"
      }
    let bytes = report.states > 0 ? (report.peakBytes + report.states - 1) / report.states : 0
    return "verdict: \(head) states=\(report.states) transitions=\(report.transitions) depth=\(report.depth) bytes_per_state=\(bytes)"
      + " exhaustive=\(report.isExhaustive ? "yes" : "no") seconds=\(String(format: "%.1f", seconds))"
  }
}
