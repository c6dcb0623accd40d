import Foundation
import Models

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
    do { status = try question.isAnsweredAlike(model, pan) ? 0 : 1 } catch {
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
}

extension Question {
  func isAnsweredAlike(_ model: Model, _ pan: Pan) throws -> Bool {
    if showsDifference { return try Difference(model, pan).isNone() }
    let comparison = try Comparison(of: model, self, pan)
    comparison.report()
    return comparison.agrees
  }
}
