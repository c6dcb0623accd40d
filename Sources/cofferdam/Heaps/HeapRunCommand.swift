import Charts
import Documents
import Foundation
import HeapModels
import HeapScenarios
import Media

/// `cofferdam run` for the scenarios that bring a machine with restricted heaps of their own.
struct HeapRunCommand {
  let command: RunCommand
  let scenario: HeapScenario

  init(_ command: RunCommand, _ scenario: HeapScenario) { (self.command, self.scenario) = (command, scenario) }

  /// Films are held in memory, several times.
  private static let limit = 1 << 28

  private static func fault(_ name: String) throws -> HeapFault {
    guard let fault = HeapFault(name) else { throw Leave.unknown("fault", name, among: HeapFault.named.map(\.name) + ["drop-guard:ID"]) }
    return fault
  }

  func run() throws {
    for (option, isGiven) in [
      ("--machine", command.machine != nil), ("--payload", command.payload != nil), ("--procedure", !command.host.procedure.isEmpty),
    ]
    where isGiven { throw Leave.badInput("\(option) says nothing beside \(scenario.name), which has a machine of its own") }
    if scenario.name != "secure-video" {
      for (option, isGiven) in [("--input", command.input != nil), ("--key", command.key != nil), ("--decoder", command.decoder != nil)] where isGiven
      {
        throw Leave.badInput("\(option) says nothing beside \(scenario.name)\n  expected secure-video")
      }
    }
    if !scenario.takesBoards, command.devicetree != nil {
      let others = HeapScenario.all.filter(\.takesBoards).map(\.name).joined(separator: ", ")
      throw Leave.badInput("--devicetree says nothing beside \(scenario.name), whose machine has no tree\n  expected one of \(others)")
    }
    try command.output.refuse(overwriting: [command.input, command.decoder, command.devicetree].compactMap { $0 })
    var request = HeapRequest(seed: command.seed, faults: try command.host.fault.map { try Self.fault($0) })
    if scenario.name == "secure-video" {
      guard let path = command.input else { throw Leave.badInput("secure-video plays a film\n  expected --input FILE.mp4") }
      request.film = try film(path)
      request.decoder = try command.decoder.map { try HelperDecoder(path: $0) }
    }
    request.board = try command.devicetree.map { try HeapCommand.machineBoard($0) }
    let run: HeapRun
    do { run = try HeapRun(scenario, request) } catch { throw Leave.badInput("\(error)") }
    // What the input made impossible from the first step on is wrong with the input.
    if run.story.steps.isEmpty, let why = run.story.mismatches.first { throw Leave.badInput(why) }
    let presentation = HeapRunChart(run)
    let document: String
    switch command.output.format {
    case .text: document = presentation.text(command.output.output == nil ? Terminal.style : .plain)
    case .json: document = presentation.lines
    case .mermaid: document = MermaidChart.render(presentation.chart)
    case .html: do { document = try HTMLChart.render(presentation.chart) } catch { throw Leave.badInput("\(error)") }
    }
    try command.output.write(document, last: run.line)
    if !run.passed { throw Leave(.notAsDeclared, run.story.mismatches.map { "not as declared: \($0)" }.joined(separator: "\n")) }
  }

  private func film(_ path: String) throws -> FilmInput {
    let film: Film
    do { film = try Film(try TextFile.bytes(at: path, limit: Self.limit)) } catch let error as MediaError {
      throw Leave.badInput("\(path): \(error)")
    } catch let error as DocumentError { throw Leave.badInput(error.description) }
    guard let video = film.video else { throw Leave.badInput("\(path): no picture track") }
    guard let protection = video.protection else { throw Leave.badInput("\(path): the picture track is clear\n  expected common encryption") }
    guard let key = try key(protection.keyIdentifier, beside: path) else {
      throw Leave.badInput(
        "\(path): no key for \(hexadecimal(protection.keyIdentifier))\n  expected --key, or a line with identifier and key in \(path).key or in a README.md beside it or above"
      )
    }
    // The sound may have a key of its own; where it is not at hand, the sound stays as it is. Either may change its key.
    let others = try film.tracks.flatMap { $0.keyIdentifiers.prefix(FilmInput.mostKeys / 2) }.filter { $0 != protection.keyIdentifier }
      .prefix(FilmInput.mostKeys).compactMap { try keyBeside($0, path) }
    return FilmInput(
      name: URL(fileURLWithPath: path).lastPathComponent, film: film, key: key, otherKeys: others, frameDigests: digests(beside: path))
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

  /// `--key`, or what is written beside the film.
  private func key(_ identifier: [UInt8], beside path: String) throws -> ContentKey? {
    if let given = command.key {
      guard let bytes = hexadecimalBytes(given), let key = ContentKey(identifier: identifier, bytes: bytes) else {
        throw Leave.badInput("--key\n  expected 32 hexadecimal digits")
      }
      return key
    }
    return try keyBeside(identifier, path)
  }

  private func keyBeside(_ identifier: [UInt8], _ path: String) throws -> ContentKey? {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let places = [
      path + ".key", folder.appendingPathComponent("README.md").path, folder.deletingLastPathComponent().appendingPathComponent("README.md").path,
    ]
    for place in places {
      if let bytes = try? TextFile.bytes(at: place, limit: 1 << 20), let key = ContentKey.find(identifier, in: String(decoding: bytes, as: UTF8.self))
      {
        return key
      }
    }
    return nil
  }

  /// Of `NAME.framemd5`, or of the folder's `clear.framemd5`, where there is one.
  private func digests(beside path: String) -> [String] {
    let url = URL(fileURLWithPath: path)
    for place in [
      url.deletingPathExtension().appendingPathExtension("framemd5"), url.deletingLastPathComponent().appendingPathComponent("clear.framemd5"),
    ] {
      if let bytes = try? TextFile.bytes(at: place.path, limit: 1 << 24) { return FilmInput.digests(String(decoding: bytes, as: UTF8.self)) }
    }
    return []
  }
}
