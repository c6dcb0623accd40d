import Foundation
import Testing

/// Asks the compiler that built the tests what it says of a program.
enum Typecheck {
  static var isPossible: Bool { modules != nil && compiler != nil }

  /// Where the built modules lie: beside the test bundle.
  private static let modules: URL? = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL.deletingLastPathComponent()
    while folder.path != "/" {
      if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Modules/Buffers.swiftmodule").path) { return folder }
      folder = folder.deletingLastPathComponent()
    }
    return nil
  }()

  private static let compiler: URL? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").lazy
    .map { URL(fileURLWithPath: String($0)).appendingPathComponent("swiftc") }
    .first { FileManager.default.isExecutableFile(atPath: $0.path) }

  /// The lines in which the compiler finds an error.
  static func wrongLines(of program: [String]) throws -> Set<Int> {
    let modules = try #require(modules), file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).swift")
    let said = file.appendingPathExtension("said")
    try program.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    try Data().write(to: said)
    defer { for url in [file, said] { try? FileManager.default.removeItem(at: url) } }
    let process = Process()
    process.executableURL = compiler
    process.arguments = [
      "-typecheck", "-swift-version", "6", "-I", modules.appendingPathComponent("Modules").path,
      "-Xcc", "-fmodule-map-file=\(modules.appendingPathComponent("CLinux.build/module.modulemap").path)", file.path,
    ]
    process.standardError = try FileHandle(forWritingTo: said)
    try process.run()
    process.waitUntilExit()
    let text = try String(contentsOf: said, encoding: .utf8)
    let lines = text.split(separator: "\n").compactMap { line -> Int? in
      let parts = line.split(separator: ":")
      guard line.hasPrefix(file.path), parts.count > 3, parts[3] == " error" else { return nil }
      return Int(parts[1])
    }
    // An error that is in no line is one of this test.
    try #require((process.terminationStatus == 0) == lines.isEmpty, "\(text)")
    return Set(lines)
  }
}
