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
      do { try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic) } catch {
        throw Leave.badInput("cannot write \(output): \((error as NSError).localizedDescription)")
      }
      print(line)
    } else {
      FileHandle.standardOutput.write(Data(text.utf8))
      if format == .text { print(line) } else { Terminal.diagnostic(line) }
    }
  }
}
