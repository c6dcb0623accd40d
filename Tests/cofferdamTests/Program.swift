import Foundation
import Testing

/// The built program, run as a user runs it.
struct Program {
  var status: Int32
  var output: String
  var diagnostics: String
  /// What was said on standard error, in one line: a terminal gets it folded at 80 columns.
  var said: String { diagnostics.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
  var lastLine: String { output.split(separator: "\n").last.map(String.init) ?? "" }

  /// The executable lies beside the test bundle, wherever that was built.
  static var executable: URL {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("cofferdam")
      if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
      folder = folder.deletingLastPathComponent()
    }
    return URL(fileURLWithPath: "/cofferdam-not-built")
  }

  static func run(_ arguments: String...) throws -> Program { try run(arguments) }

  /// - Parameter program: another copy of it, for what depends on the files beside it.
  static func run(at program: URL = executable, _ arguments: [String]) throws -> Program {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    let files = try (0..<2).map { _ in
      let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      try Data().write(to: url)
      return url
    }
    defer { for file in files { try? FileManager.default.removeItem(at: file) } }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return Program(
      status: process.terminationStatus, output: try String(contentsOf: files[0], encoding: .utf8),
      diagnostics: try String(contentsOf: files[1], encoding: .utf8))
  }
}
