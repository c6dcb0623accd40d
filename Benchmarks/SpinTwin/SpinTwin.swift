import Clock
import Exploration
import Foundation
import Models
import Rules

/// The same model, explored by our explorer and by Spin from a second reading of the rules: both must see as many states, as many
/// transitions, and as short a counterexample. Status 0 when they do, 1 when not, 2 for a wrong question, 3 where nothing was compared:
/// no Spin, no gcc, or not enough memory.
@main struct SpinTwin {
  static func main() throws {
    let question: Question, model: Model
    do {
      question = try Question(Array(CommandLine.arguments.dropFirst()))
      model = try question.model()
    } catch {
      print("\((error as? Question.Misused)?.what ?? "\(error)")\n\(Question.usage)")
      exit(2)
    }
    guard let spin = Child.find("spin"), let compiler = Child.find("gcc") else {
      print("not compared: spin and gcc are needed")
      exit(3)
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("spin-twin-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let pan = Pan(folder: folder, spin: spin, compiler: compiler, isQuick: question.isQuick)
    let status: Int32
    do { status = (question.showsDifference ? try Difference(model, pan).isNone() : try compare(model, question, pan)) ? 0 : 1 } catch {
      print("not compared: \(error)")
      status = 3
    }
    try? FileManager.default.removeItem(at: folder)
    exit(status)
  }

  /// Where the twin's files are. An interface that runs already is another beginning of the same model.
  static func file(of kind: ModelKind) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("spin/\((kind == .privateMMIO ? kind : .untrustedHost).rawValue).pml").path
  }

  static func compare(_ model: Model, _ question: Question, _ pan: Pan) throws -> Bool {
    let data = TwinData(model: model)
    let before = processorTime()
    let check = try Check(model, options: SearchOptions(memory: Pan.memory))
    let ours = check.report, seconds = Double(processorTime() - before) / 1e9
    let isBroken = check.counterexample != nil, breadthFirst = isBroken || question.isBreadthFirst
    try pan.make(data.text(including: file(of: model.kind)), breadthFirst: breadthFirst)
    let theirs = try pan.run(expecting: ours.states, breadthFirst: breadthFirst)
    if !isBroken, check.verdict != .holds { throw Pan.Failure.step("the explorer", output: "\(check.verdict)") }
    if !theirs.isComplete { throw Pan.Failure.step("pan", output: theirs.output) }

    func line(_ name: String, _ mine: String, _ other: String) {
      print(
        name.padding(toLength: 18, withPad: " ", startingAt: 0)
          + [mine, other].map { String(repeating: " ", count: max(1, 16 - $0.count)) + $0 }.joined())
    }
    func rounded(_ number: Double) -> String { String(format: "%.2f", number) }
    line("", "explorer", "spin")
    var agrees: Bool
    if isBroken || theirs.violation != nil {
      func found(_ property: Int?) -> String { property.map { Property(code: UInt8($0 - 1)).id } ?? "nothing" }
      let length = check.counterexample.map(\.actions.count)
      line("shortest path", length.map(String.init) ?? "-", (theirs.violation?.length).map(String.init) ?? "-")
      print("breaks: \(check.counterexample?.property.id ?? "nothing") / \(found(theirs.violation?.property))")
      agrees = length == theirs.violation?.length
    } else {
      line("states", "\(ours.states)", "\(theirs.states)")
      line("transitions", "\(ours.transitions)", "\(theirs.transitions)")
      agrees = ours.states == theirs.states && Int(ours.transitions) == theirs.transitions
      line("depth", "\(ours.depth)", "\(theirs.depth)")
      if breadthFirst { agrees = agrees && ours.depth == theirs.depth }
    }
    if !question.isQuick {
      line("CPU seconds", rounded(seconds), rounded(theirs.seconds))
      line("bytes a state", rounded(ours.bytesPerState), rounded(theirs.bytesPerState))
    }
    if !question.isQuick, theirs.violation == nil {
      print(
        "spin / explorer: \(rounded(theirs.seconds / max(seconds, 0.001))) of the time, \(rounded(theirs.bytesPerState / ours.bytesPerState)) of the memory"
      )
    }
    print(agrees ? "AGREE" : "DIFFER")
    return agrees
  }
}
