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
  let breadthFirst: Bool, isQuick: Bool

  init(of model: Model, _ question: Question, _ verifier: Pan) throws {
    let before = processorTime()
    check = try Check(model, options: SearchOptions(memory: Pan.memory))
    seconds = max(Double(processorTime() - before) / 1e9, 0.001)
    // A shortest counterexample of Spin's takes a search by levels, which costs more.
    breadthFirst = question.isBreadthFirst || check.counterexample != nil
    isQuick = question.isQuick
    if case .incomplete(let reason) = check.verdict { throw Pan.Failure.step("the explorer", output: reason) }
    try verifier.make(TwinData(model: model).text(including: SpinTwin.file(of: model.kind)), breadthFirst: breadthFirst)
    pan = try verifier.run(expecting: check.report.states, breadthFirst: breadthFirst)
    if !pan.isComplete { throw Pan.Failure.step("pan", output: pan.output) }
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
  }

  private func row(_ name: String, _ mine: String, _ other: String) {
    func column(_ text: String) -> String { String(repeating: " ", count: max(1, 16 - text.count)) + text }
    print(name.padding(toLength: 16, withPad: " ", startingAt: 0) + column(mine) + column(other))
  }

  private func decimal(_ number: Double) -> String { String(format: "%.2f", number) }
}
