import BufferModels
import Foundation
import Modelling

/// `cofferdam check buffer-revoke` and its like: models of the room of buffers, which know no platform and no procedure.
struct BufferModelCheck {
  let model: BufferModel
  let faults: [String]
  let limit: Int?
  let memory: Int?
  let threads: Int?
  let output: OutputOptions

  func run() throws {
    var chosen: Set<BufferFault> = []
    for name in faults {
      guard let fault = model.fault(named: name) else {
        throw Leave.unknown("fault of \(model.rawValue)", name, among: model.faults.map(\.name) + model.guards.map { "drop-guard:" + $0.id })
      }
      chosen.insert(fault)
    }
    guard output.format == .text || output.format == .json else {
      throw Leave.badInput("--format \(output.format.rawValue)\n  expected text or json for \(model.rawValue)")
    }
    try output.refuse(overwriting: [])
    Terminal.catchInterrupts()
    let start = Date()
    let options = CheckOptions(limit: limit, memory: memory, threads: threads ?? 1, interrupt: { Terminal.isInterrupted })
    let report: Report
    do throws(ModelError) { report = try model.make(chosen).check(options) } catch { throw Leave.badInput("\(error)") }
    try output.write(output.format == .json ? report.json : report.description, last: line(report, Date().timeIntervalSince(start)))
    switch report.verdict {
    case .holds: break
    case .violated: throw Leave(.notAsDeclared)
    case .incomplete: throw Leave(.incomplete)
    }
  }

  /// The sentence in one word, as verdicts and lists have it.
  static func name(ofProperty sentence: String) -> String { sentence.split(separator: " ").joined(separator: "-") }

  private func line(_ report: Report, _ seconds: TimeInterval) -> String {
    let verdict =
      switch report.verdict {
      case .holds: "holds model=\(model.rawValue)"
      case .violated(let property):
        "violated model=\(model.rawValue) property=\(Self.name(ofProperty: property))"
          + (report.counterexample.map { " length=\($0.steps.count)" } ?? "")
      case .incomplete(let reason): "incomplete model=\(model.rawValue) reason=\(reason)"
      }
    return "verdict: \(verdict) states=\(report.states) transitions=\(report.transitions) depth=\(report.depth)"
      + " exhaustive=\(report.isExhaustive ? "yes" : "no") seconds=\(String(format: "%.1f", seconds))"
  }
}
