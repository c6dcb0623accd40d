import Foundation
import Testing

/// Asks the compiler that built the tests what it says of a program.
enum Typecheck {
  static var isPossible: Bool { compiler != nil }
  static var isRequired: Bool { ProcessInfo.processInfo.environment["COFFERDAM_TYPECHECK"] != nil }

  /// Where the built modules lie: beside the test bundle.
  private static let modules: URL? = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).standardizedFileURL.deletingLastPathComponent()
    while folder.path != "/" {
      if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Modules/Buffers.swiftmodule").path) { return folder }
      folder = folder.deletingLastPathComponent()
    }
    return nil
  }()

  /// The first that reads the built modules, which a compiler of another version does not: of the toolchain whose library runs here, then of PATH.
  private static let compiler: URL? = {
    let maps = (try? FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/maps")).readToEnd()).flatMap { $0 } ?? Data()
    let library = String(decoding: maps, as: UTF8.self).split(separator: "\n").lazy
      .compactMap { $0.firstIndex(of: "/").map($0.suffix(from:)) }.first { $0.hasSuffix("/libswiftCore.so") }
    // usr/lib/swift/linux/libswiftCore.so, and usr/bin.
    let own = library.map { URL(fileURLWithPath: $0 + "/../../../../bin").standardizedFileURL }
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { URL(fileURLWithPath: String($0)) }
    return ([own].compactMap(\.self) + path).lazy.map { $0.appendingPathComponent("swiftc") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) && (try? run($0, ["import Buffers"]))?.isGood == true }
  }()

  private struct Answer {
    let isGood: Bool
    let text: String
    /// Those in which there is an error.
    let lines: Set<Int>
  }

  private static func run(_ compiler: URL, _ program: [String]) throws -> Answer {
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
    return Answer(isGood: process.terminationStatus == 0, text: text, lines: Set(lines))
  }

  /// The lines in which the compiler finds an error.
  static func wrongLines(of program: [String]) throws -> Set<Int> {
    let answer = try run(try #require(compiler), program)
    // An error that is in no line is one of this test.
    try #require(answer.isGood == answer.lines.isEmpty, "\(answer.text)")
    return answer.lines
  }
}
