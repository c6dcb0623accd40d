import ArgumentParser
import Documents
import Foundation
import Scenarios

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Executes a counterexample or a recorded run again, and compares every event and every byte.")

  @Argument(help: "A recording (JSON lines), or the identifier of a counterexample that `check` has found.") var recording: String
  @Flag(help: "Wait for Enter after each event.") var step = false
  @Option(help: "The payload, where it was too large to be recorded.") var payload: String?
  @OptionGroup var output: OutputOptions

  func run() throws {
    try output.refuse(overwriting: [recording, payload].compactMap { $0 })
    do {
      let found = try read()
      try output.refuse(overwriting: found.header.dumps.map(\.file))
      if payload != nil, found.header.kind == .counterexample { throw Leave.badInput("--payload says nothing beside a counterexample") }
      let bytes = try payload.map { path throws(DocumentError) in try TextFile.bytes(at: path, limit: RunCommand.payloadLimit) }
      let replay = try Replay(of: found, payload: bytes)
      if step { walk(replay.recording) }
      let line =
        "replay: \(replay.isSame ? "same" : "differs") \(found.header.kind.rawValue)=\(found.header.id ?? found.header.name)"
        + " platform=\(found.header.platform) events=\(replay.recording.events.count)"
        + (replay.recording.result.violation.map { " violates=\($0.property.id)" } ?? "") + " memory=\(replay.recording.result.memory.prefix(16))"
      try output.write(step ? "" : try Presentation(replay.recording, output).document(), last: line)
      if !replay.isSame {
        throw Leave(.notAsDeclared, replay.differences.map { "differs: \($0)" }.joined(separator: "\n"))
      }
    } catch let error as RecordingError {
      throw Leave.badInput(error.description)
    } catch let error as ScenarioError {
      throw Leave.badInput("\(recording):1: \(error)")
    } catch let error as DocumentError {
      throw Leave.badInput(error.description)
    }
  }

  private func read() throws -> Recording {
    if FileManager.default.fileExists(atPath: recording) { return try Recording(contentsOf: recording) }
    if recording.contains("/") || recording.contains(".") { return try Recording(contentsOf: recording) }
    return try Recording.find(recording, in: Counterexamples.directory)
  }

  /// One event at a time: what was done, and what it changed.
  private func walk(_ recording: Recording) {
    for event in recording.events {
      print(folded(EventChart.line(event, of: recording), hanging: 8))
      for change in event.changes { print(folded("        \(change.place): \(change.before) -> \(change.after)", hanging: 10)) }
      if isatty(STDIN_FILENO) == 1 {
        try? FileHandle.standardError.write(contentsOf: Data("Enter for the next event, q to stop: ".utf8))
        guard let answer = readLine(), answer != "q" else { return }
      }
    }
  }
}

/// Where `check` keeps what it found, so that an identifier is enough to see it again.
enum Counterexamples {
  static var directory: String {
    let environment = ProcessInfo.processInfo.environment
    if let own = environment["COFFERDAM_PATHS"], !own.isEmpty { return own }
    let cache = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory() + "/.cache"
    return cache + "/cofferdam/paths"
  }

  /// Best effort: a verdict does not fail because a cache cannot be written.
  static func keep(_ recording: Recording) {
    guard let id = recording.header.id else { return }
    try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try? Data(recording.text.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(id).json"), options: .atomic)
  }
}
