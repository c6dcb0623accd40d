import ArgumentParser
import Buffers
import Charts
import Documents
import Primitives

/// Traces of the kernel's.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Traces of the GPU scheduler and of fences.", subcommands: [TraceConvertCommand.self])
}

/// `cofferdam trace convert FILE`: who waited for whom, an event log, or what Perfetto opens.
struct TraceConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Turns a trace of drm_sched and dma_fence events into a chart of who waited for whom, or an event log.",
    discussion: "Reads ftrace text and Perfetto's text form (textproto), in the layouts before and since Linux 6.17. JSON is an event a line.")

  @Argument(help: "ftrace text, or a Perfetto trace as text.") var file: String
  @OptionGroup var output: OutputOptions
  @Flag(help: "Trace Event JSON instead, which ui.perfetto.dev opens: a slice for each job, an arrow for each wait.") var perfetto = false

  /// Traces are held in memory, several times.
  private static let limit = 1 << 27

  func run() throws {
    if perfetto, output.format != .text, output.format != .json {
      throw Leave.badInput("--perfetto with --format \(output.format.rawValue)\n  expected one of them")
    }
    try output.refuse(overwriting: [file])
    let text: String
    do throws(DocumentError) { text = try TextFile.text(at: file, limit: Self.limit) } catch { throw Leave.badInput(error.description) }
    let trace = try read(text)
    let report = TraceConversion(trace: trace, file: file)
    if perfetto { return try perfettoOutput.write(trace.json, last: report.line) }
    let document: String
    switch output.format {
    case .text:
      // Names of rings are the file's.
      let lines = trace.chart().split(separator: "\n", omittingEmptySubsequences: false)
      document = lines.map { printable($0, atMost: 200) }.joined(separator: "\n")
    case .json: document = report.lines
    case .mermaid: document = MermaidChart.render(report.chart)
    case .html: do { document = try HTMLChart.render(report.chart) } catch { throw Leave.badInput("\(error)") }
    }
    try output.write(document, last: report.line)
  }

  private func read(_ text: String) throws -> JobTrace {
    // Perfetto's text opens a block first; ftrace has none.
    let first = text.split(separator: "\n", omittingEmptySubsequences: true).first { line in
      line.first != "#" && !line.allSatisfy { $0 == " " || $0 == "\t" || $0 == "\r" }
    }
    let isPerfetto = first.map { $0.contains("{") && !$0.contains("[") } ?? false
    let trace: JobTrace
    do throws(TraceReader.Failure) { trace = try isPerfetto ? TraceReader.read(text) : FtraceReader.read(text) } catch {
      throw Leave.badInput("\(file):\(error.line == 0 ? "" : "\(error.line):") \(printable(error.reason, atMost: 200))")
    }
    guard !trace.events.isEmpty else {
      throw Leave.badInput("\(file): nothing about jobs or fences\n  expected events of drm_sched or dma_fence, as ftrace or Perfetto print them")
    }
    return trace
  }

  /// A document, whatever the format says: the last line goes beside it.
  private var perfettoOutput: OutputOptions {
    var options = output
    options.format = .json
    return options
  }
}
