import Foundation
import Testing

/// `device serve` in a process of its own, which ends with the test or after ten minutes.
final class Served {
  let process = Process()
  let port: String
  let control: String
  private let log: URL

  struct NotServing: Error { let said: String }

  /// - Parameter files: how many the process may have open; nil as many as this one.
  init(_ arguments: [String] = [], files: Int? = nil) throws {
    log = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-serve-\(UUID().uuidString)")
    try Data().write(to: log)
    let all = ["device", "serve", "--port", "0", "--control-port", "0", "--seconds", "600", "--suite", "p256"] + arguments
    if let files {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "ulimit -n \(files); exec \"$@\"", "sh", Program.executable.path] + all
    } else {
      process.executableURL = Program.executable
      process.arguments = all
    }
    process.standardOutput = try FileHandle(forWritingTo: log)
    process.standardError = try FileHandle(forWritingTo: log)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    var said = ""
    for _ in 0..<4000 {
      said = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
      if said.hasSuffix("\n") || !process.isRunning { break }
      usleep(25_000)
    }
    func value(_ key: String) -> String? {
      said.split(whereSeparator: { $0 == " " || $0 == "\n" }).first { $0.hasPrefix(key + "=") }?.split(separator: ":").last.map(String.init)
    }
    guard let port = value("address"), let control = value("control") else {
      process.waitUntilExit()
      throw NotServing(said: said)
    }
    (self.port, self.control) = (port, control)
  }

  deinit {
    end()
    try? FileManager.default.removeItem(at: log)
  }

  /// A child inherits the signals that the thread of a test has blocked, SIGTERM among them.
  private func end() {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  func connect(_ arguments: String...) throws -> Program {
    try Program.run(["device", "connect", "127.0.0.1:" + port, "--timeout", "60"] + arguments)
  }
}
