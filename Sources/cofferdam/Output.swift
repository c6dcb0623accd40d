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
      do { try Self.put(Data(text.utf8), at: output) } catch {
        throw Leave.badInput("cannot write \(output): \((error as NSError).localizedDescription)")
      }
      print(line)
    } else {
      Terminal.put(text)
      if format == .text { print(line) } else { Terminal.diagnostic(line) }
    }
  }

  /// A document must not take the place of what it was made from.
  func refuse(overwriting inputs: [String]) throws {
    guard let output else { return }
    let target = URL(fileURLWithPath: output).resolvingSymlinksInPath().path
    for input in inputs where URL(fileURLWithPath: input).resolvingSymlinksInPath().path == target {
      throw Leave.badInput("--output \(output) is an input of this command\n  expected another file")
    }
  }

  /// A regular file is replaced whole or not at all, keeps its mode, and stays behind the links that lead to it. Anything else,
  /// a pipe or a device, is written to.
  private static func put(_ data: Data, at path: String) throws {
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
    let type = attributes?[.type] as? FileAttributeType
    // A link that leads nowhere yet.
    if type == .typeSymbolicLink { return try data.write(to: url) }
    if let type, type != .typeRegular {
      let handle = try FileHandle(forWritingTo: url)
      try handle.write(contentsOf: data)
      return try handle.close()
    }
    try data.write(to: url, options: .atomic)
    if let mode = attributes?[.posixPermissions] { try? FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path) }
  }
}
