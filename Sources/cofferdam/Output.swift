import ArgumentParser
import Foundation

/// The forms in which a run or a counterexample is shown.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument { case text, json, mermaid, html }

/// `--format` and `--output`. A document that takes standard output sends the last line to standard error.
struct OutputOptions: ParsableArguments {
  @Option(help: "How to show it: text, json, mermaid or html.") var format: OutputFormat = .text
  @Option(help: "Write the document to this file instead of standard output.") var output: String?

  /// Writes the document, then the line for machines.
  func write(_ document: String, last line: String) throws {
    let text = document.isEmpty || document.hasSuffix("\n") ? document : document + "\n"
    if let output {
      try OutputFile(output).write(Data(text.utf8))
      print(line)
    } else {
      Terminal.put(text)
      if format == .text { print(line) } else { Terminal.diagnostic(line) }
    }
  }

  /// A document must not take the place of what it was made from, and must have a place of its own.
  func refuse(overwriting inputs: [String]) throws {
    guard let output else { return }
    let target = OutputFile(output)
    for input in inputs where target.isSameFile(as: input) {
      throw Leave.badInput("--output \(output) is an input of this command\n  expected another file")
    }
    try target.refuseWhatCannotBeWritten()
  }
}
