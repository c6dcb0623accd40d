import ArgumentParser
import BufferStories
import Foundation

/// `cofferdam run compositor` and its like: stories of buffers, which have no machine file.
struct StoryRun {
  let story: Story
  let faults: [String]
  let seed: UInt64
  let output: OutputOptions

  func run() throws {
    for name in faults where !story.faults.contains(name) {
      throw Leave.unknown("fault of \(story.name)", name, among: story.faults)
    }
    guard output.format == .text else {
      throw Leave.badInput("--format \(output.format.rawValue)\n  expected text for \(story.name)")
    }
    try output.refuse(overwriting: [])
    let result = story.run(fault: faults.first, launch: Self.launch)
    let word = result.isAsDeclared ? "pass" : "fail"
    try output.write(
      ([story.summary] + result.lines).joined(separator: "\n"),
      last: "result: \(word) scenario=\(story.name) steps=\(result.steps) facts=\(result.observed.count) faults=\(faults.count) seed=\(seed)")
    guard !result.isAsDeclared else { return }
    var reasons = result.failure.map { ["ended early: \($0)"] } ?? []
    for (i, declared) in result.declared.enumerated() {
      let seen = i < result.observed.count ? result.observed[i] : "nothing"
      if seen != declared { reasons.append("not as declared: expected '\(declared)', observed '\(seen)'") }
    }
    throw Leave(.notAsDeclared, reasons.joined(separator: "\n"))
  }

  /// This program again, with one end of a socket as its standard input.
  private static let launch: @Sendable (Int32) -> Int32? = { socket in
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["second-process"]
    process.standardInput = FileHandle(fileDescriptor: socket, closeOnDealloc: false)
    do { try process.run() } catch { return nil }
    return process.processIdentifier
  }
}

/// The second process of a story. Nobody calls it by hand.
struct SecondProcessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "second-process", shouldDisplay: false)

  func run() throws {
    if SecondProcess.serve(0) != 0 { throw Leave.badInput("expected a socket as standard input, as `run two-processes` makes it") }
  }
}
