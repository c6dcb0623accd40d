import Charts
import Exploration
import Foundation
import Synchronization

/// What the program knows of the terminal it talks to.
enum Terminal {
  /// What was wrong stays on one line, so that it can be searched for; what would have been right is folded. What cannot be said on
  /// standard error cannot be said at all.
  static func diagnostic(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.hasPrefix("  ") ? folded(String($0), hanging: 4) : String($0) }
    try? FileHandle.standardError.write(contentsOf: Data((lines.joined(separator: "\n") + "\n").utf8))
  }

  /// What is worth knowing and stops nothing.
  static func note(_ notes: [String]) { for note in notes { diagnostic("note: " + note) } }

  /// A document on standard output, in its order with what is printed.
  static func put(_ text: String) {
    guard fflush(nil) == 0, (try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))) != nil else { cannotWrite() }
  }

  /// Leaves. An answer that could not be written is no answer.
  static func exit(_ status: ExitStatus) -> Never {
    guard fflush(nil) == 0 else { cannotWrite() }
    Foundation.exit(status.rawValue)
  }

  private static func cannotWrite() -> Never {
    diagnostic("error: cannot write to standard output")
    Foundation.exit(ExitStatus.badInput.rawValue)
  }

  static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }
  static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

  /// Marks need UTF-8; colour needs a terminal that wants it.
  static var style: TextStyle {
    let environment = ProcessInfo.processInfo.environment
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? "C.UTF-8"
    let isUTF8 = locale.lowercased().contains("utf-8") || locale.lowercased().contains("utf8")
    let wantsColour = isInteractive && environment["NO_COLOR"] == nil && environment["TERM"] != "dumb"
    return TextStyle(utf8: isUTF8, colour: wantsColour)
  }

  // Interruption: the handler only stores a flag, the search asks for it.
  private static let interrupted = Atomic<Bool>(false)
  static func catchInterrupts() {
    signal(SIGINT) { _ in Terminal.interrupted.store(true, ordering: .relaxed) }
    signal(SIGTERM) { _ in Terminal.interrupted.store(true, ordering: .relaxed) }
  }
  static var isInterrupted: Bool { interrupted.load(ordering: .relaxed) }
}

extension Terminal {
  static func progress(_ now: SearchProgress, seconds: Double) {
    let rate = seconds > 0 ? Double(now.states) / seconds / 1_000_000 : 0
    let text = String(
      format: "\r%d states  %.2f M/s  depth %d  frontier %d  table %.0f %%  %d MiB\u{1B}[K", now.states, rate, now.depth, now.frontier,
      now.load * 100, now.bytes >> 20)
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
  static func clearProgress() { try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K".utf8)) }
}
