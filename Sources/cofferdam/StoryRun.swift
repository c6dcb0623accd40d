import ArgumentParser
import BufferStories
import Buffers
import Charts
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
    try output.refuse(overwriting: [])
    let result = story.run(fault: faults.first, launch: Self.launch)
    let report = StoryReport(story: story, result: result, faults: faults, seed: seed)
    let document: String
    switch output.format {
    case .text: document = report.text
    case .json: document = report.lines
    case .mermaid: document = MermaidChart.render(report.chart)
    case .html: do { document = try HTMLChart.render(report.chart) } catch { throw Leave.badInput("\(error)") }
    }
    try output.write(document, last: report.line)
    // Whatever a story leaves behind is a mistake of this program, and of no input.
    if let leaks = BufferReports.leaks() { Terminal.diagnostic("leak: " + leaks) }
    guard !result.isAsDeclared else { return }
    throw Leave(.notAsDeclared, report.mismatches.joined(separator: "\n"))
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
