#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif
import Foundation

/// A program that was run to its end: what it printed, and the processor time that it and its children took.
struct Child {
  let output: String
  let status: Int32
  /// User and system.
  let seconds: Double

  static func run(_ program: String, _ arguments: [String], in folder: URL) throws -> Child {
    let log = folder.appendingPathComponent("log")
    guard FileManager.default.createFile(atPath: log.path, contents: nil) else { throw CocoaError(.fileWriteUnknown) }
    let handle = try FileHandle(forWritingTo: log)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardOutput = handle
    process.standardError = handle
    let before = childTime()
    try process.run()
    process.waitUntilExit()
    let seconds = childTime() - before
    return Child(output: try String(contentsOf: log, encoding: .utf8), status: process.terminationStatus, seconds: seconds)
  }

  /// Where the shell would find it.
  static func find(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Of all children that have ended, user and system.
  private static func childTime() -> Double {
    var usage = rusage()
    // RUSAGE_CHILDREN, which is of another type in every C library.
    getrusage(-1, &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }
}
