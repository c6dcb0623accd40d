import Clock
import Exploration
import Foundation
import Models
import Rules

/// Both searches, one after the other, and what they came to.
struct Comparison {
  let check: Check
  let pan: Pan.Report
  /// Processor time of the explorer.
  let seconds: Double
  /// The same question with the host's tasks taken for each other, as `cofferdam check` asks it: what it costs a user. Nil where that makes
  /// no difference.
  let asked: (states: Int, seconds: Double)?
  let breadthFirst: Bool, isQuick: Bool

  init(of model: Model, _ question: Question, _ verifier: Pan) throws {
    (check, seconds) = try Self.timed(model)
    if question.isQuick || check.counterexample != nil {
      asked = nil
    } else {
      let (other, seconds) = try Self.timed(question.model(symmetry: .tasks))
      asked = other.report.states < check.report.states ? (other.report.states, seconds) : nil
    }
    // A shortest counterexample of Spin's takes a search by levels, which costs more.
    breadthFirst = question.isBreadthFirst || check.counterexample != nil
    isQuick = question.isQuick
    if case .incomplete(let reason) = check.verdict { throw Pan.Failure.step("the explorer", output: reason) }
    try verifier.make(TwinData(model: model).text(including: SpinTwin.file(of: model.kind)), breadthFirst: breadthFirst)
    pan = try verifier.run(expecting: check.report.states, breadthFirst: breadthFirst)
    if !pan.isComplete { throw Pan.Failure.step("pan", output: pan.output) }
  }

  private static func timed(_ model: Model) throws -> (Check, seconds: Double) {
    let before = processorTime()
    let check = try Check(model, options: SearchOptions(memory: Pan.memory))
    return (check, max(Double(processorTime() - before) / 1e9, 0.001))
  }

  private var length: Int? { check.counterexample?.actions.count }
  private var isBroken: Bool { length != nil || pan.violation != nil }

  var agrees: Bool {
    if isBroken { return length == pan.violation?.length }
    return check.report.states == pan.states && Int(check.report.transitions) == pan.transitions && (!breadthFirst || check.report.depth == pan.depth)
  }

  func report() {
    row("", "explorer", "spin")
    if isBroken {
      row("shortest path", length.map(String.init) ?? "-", (pan.violation?.length).map(String.init) ?? "-")
      // Not compared: of several shortest counterexamples each may find another.
      print(
        "breaks \(check.counterexample?.property.id ?? "nothing") / \(pan.violation.map { Property(code: UInt8($0.property - 1)).id } ?? "nothing")")
    } else {
      row("states", "\(check.report.states)", "\(pan.states)")
      row("transitions", "\(check.report.transitions)", "\(pan.transitions)")
      row("depth", "\(check.report.depth)", "\(pan.depth)")
    }
    if !isQuick { reportCost() }
    print(agrees ? "AGREE" : "DIFFER")
  }

  private func reportCost() {
    row("CPU seconds", decimal(seconds), decimal(pan.seconds))
    guard !isBroken else { return }
    row("bytes a state", decimal(check.report.bytesPerState), decimal(pan.bytesPerState))
    row("spin / explorer", "time \(decimal(pan.seconds / seconds))", "bytes \(decimal(pan.bytesPerState / check.report.bytesPerState))")
    guard let asked else { return }
    row("with symmetry", "\(asked.states) states", "\(decimal(asked.seconds)) s")
    row("spin / that", "time \(decimal(pan.seconds / asked.seconds))", "")
  }

  private func row(_ name: String, _ mine: String, _ other: String) {
    func column(_ text: String) -> String { String(repeating: " ", count: max(1, 16 - text.count)) + text }
    print(name.padding(toLength: 16, withPad: " ", startingAt: 0) + column(mine) + column(other))
  }

  private func decimal(_ number: Double) -> String { String(format: "%.2f", number) }
}
