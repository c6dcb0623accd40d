import Foundation
import Modelling
import Testing

/// The example against a twin that another checker explores: Spin counts the same states, and the same steps between them.
@Suite struct SpinTwinTests {
  /// The folder of the package.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func program(_ name: String) -> URL? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { URL(fileURLWithPath: String($0)).appendingPathComponent(name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  static var isSpinThere: Bool { program("spin") != nil && program("gcc") != nil }

  @Test(.enabled(if: isSpinThere, "spin or gcc is not installed"), arguments: [2, 5])
  func countsAreEqual(importers: Int) throws {
    let report = try revocation(importers: importers).check()
    #expect(report.verdict == .holds)
    let pan = try pan(importers: importers)
    #expect(pan.errors == 0)
    #expect(pan.states == report.states)
    #expect(pan.transitions == Int(report.transitions) + 1)
    #expect(report.states == power(3, importers) + power(5, importers) + 1)
  }

  private func pan(importers: Int) throws -> (states: Int?, transitions: Int?, errors: Int?) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("revocation-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let twin = Self.root.appendingPathComponent("Benchmarks/spin/revocation.pml")
    _ = try run(try #require(Self.program("spin")), ["-a", "-DN=\(importers)", twin.path], in: folder)
    _ = try run(try #require(Self.program("gcc")), ["-O2", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c"], in: folder)
    let text = try run(folder.appendingPathComponent("pan"), ["-m100000"], in: folder)
    return (number(before: " states, stored", in: text), number(before: " transitions", in: text), number(after: "errors: ", in: text))
  }

  private func run(_ program: URL, _ arguments: [String], in folder: URL) throws -> String {
    let process = Process()
    let pipe = Pipe()
    (process.executableURL, process.arguments, process.currentDirectoryURL) = (program, arguments, folder)
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(program.lastPathComponent)")
    return String(decoding: output, as: UTF8.self)
  }

  private func number(before mark: String, in text: String) -> Int? {
    text.range(of: mark).flatMap { found in Int(text[..<found.lowerBound].reversed().prefix(while: \.isNumber).reversed().map(String.init).joined()) }
  }

  private func number(after mark: String, in text: String) -> Int? {
    text.range(of: mark).flatMap { Int(String(text[$0.upperBound...].prefix(while: \.isNumber))) }
  }

  private func power(_ base: Int, _ exponent: Int) -> Int { (0..<exponent).reduce(1) { product, _ in product * base } }
}
