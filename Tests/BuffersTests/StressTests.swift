import Foundation
import Testing

/// The stress with real threads and a second process is a program (`Tests/BufferStress`), which a sanitizer can have by itself; it says what it
/// demands.
@Suite struct StressTests {
  private static func run(_ arguments: [String]) throws -> (status: Int32, text: String) {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path != "/", !FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent("BufferStress").path) {
      folder = folder.deletingLastPathComponent()
    }
    let process = Process(), pipe = Pipe()
    process.executableURL = folder.appendingPathComponent("BufferStress")
    process.arguments = arguments
    (process.standardOutput, process.standardError, process.standardInput) = (pipe, pipe, FileHandle.nullDevice)
    try process.run()
    let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
  }

  /// `COFFERDAM_SEED` repeats a seed that was printed; without it each run has a new one.
  @Test func nothingIsReadThatIsNotTheBuffers() throws {
    let seed = ProcessInfo.processInfo.environment["COFFERDAM_SEED"].map { ["--seed", $0] } ?? []
    let (status, text) = try Self.run(seed + ["--rounds", "150"])
    print(text, terminator: "")
    #expect(status == 0, "\(text)")
    #expect(text.contains("seed "))
  }

  @Test(arguments: [["--seed"], ["--rounds", "many"], ["--seed", "-1"], ["--seed", "99999999999"], ["--loud", "1"]])
  func whatSaysNothingIsRefused(_ arguments: [String]) throws {
    let (status, text) = try Self.run(arguments)
    #expect(status == 2 && text.contains("expected --seed N"))
  }

  @Test func whatIsLeftIsReportedAtExit() throws {
    let (status, text) = try Self.run(["leak"])
    #expect(status == 0)
    #expect(text.hasPrefix("leak: 1 buffer is not released\n  'forgotten', 4096 bytes of system, for "), "\(text)")
  }
}
