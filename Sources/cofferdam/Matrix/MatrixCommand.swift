import Charts
import Documents
import Exploration
import Foundation
import Models
import Procedures
import Scenarios

/// `check --matrix`: every variant, every fault and every guard, as far as a small world shows them.
struct MatrixCommand {
  let output: OutputOptions
  let limit: Int?
  let memory: Int?
  let threads: Int
  /// Faults of a user's, as they were read once: for the plan, and for the recordings of what they break.
  let guests: [(file: FaultFile, fault: HostDescription.Fault)]

  init(_ check: CheckCommand) throws {
    (output, limit, memory, threads) = (check.output, check.limit, check.memory, check.threads ?? 1)
    let host = check.host
    let useless: [(String, Bool)] = [
      ("a model", check.model != nil), ("--property", !check.property.isEmpty), ("--liveness", check.liveness), ("--hostile", check.hostile),
      ("--devices", check.devices != nil), ("--pages", check.pages != nil), ("--importers", check.importers != nil),
      ("--strict-dma", check.strictDma), ("--random-walk", check.randomWalk != nil), ("--seed", check.seed != nil),
      ("--variant", host.variant != ProcedureSet.defaultVariant), ("--procedure", !host.procedure.isEmpty),
    ]
    for (word, isGiven) in useless + check.givenOptionalActors where isGiven {
      throw Leave.badInput("\(word) says nothing beside --matrix\n  expected the matrix to choose: it asks every variant, fault and guard")
    }
    guests = try host.description().faults.map { fault in
      switch fault {
      case .named(let name):
        throw Leave.badInput(
          "--fault \(name) says nothing beside --matrix, which asks every built-in fault and guard\n  expected a fault file of yours")
      case .file(let source):
        do throws(DocumentError) { return (try FaultFile(Document(text: source.text, file: source.file)), fault) } catch {
          throw Leave.badInput(error.description)
        }
      }
    }
  }

  func run() throws {
    let matrix: FaultMatrix
    do throws(ProcedureError) { matrix = try FaultMatrix(guests: guests.map(\.file)) } catch { throw Leave.badInput(error.description) }
    for note in matrix.notes { Terminal.diagnostic("note: " + note) }
    let folder = try output.output.map { try MatrixFolder($0) }
    Terminal.catchInterrupts()
    let start = Date()
    var results: [MatrixResult] = [], disagreements: [String] = []
    for (number, cell) in matrix.cells.enumerated() {
      if Terminal.isInterrupted { break }
      let result: MatrixResult
      do { result = try cell.explored(limit: limit, options: options("\(number + 1)/\(matrix.cells.count) \(cell)")) } catch {
        throw Leave.badInput("\(cell): \(error)")
      }
      // What an interruption cut off is no answer.
      if Terminal.isInterrupted { break }
      for finding in result.findings { disagreements += try MatrixPath(result, finding, guests).keep() }
      results.append(result)
    }
    if Terminal.showsProgress { Terminal.clearProgress() }
    let summary = MatrixSummary(MatrixReport(matrix, results), disagreements, seconds: Date().timeIntervalSince(start))
    try folder?.write(summary)
    // With a folder the terminal shows the text, too.
    var shown = output
    shown.output = nil
    try shown.write(try summary.document(output.format, style: Terminal.style), last: summary.line)
    switch summary.verdict {
    case .asDeclared: break
    case .notAsDeclared: throw Leave(.notAsDeclared)
    case .incomplete: throw Leave(.incomplete)
    }
  }

  private func options(_ place: String) -> SearchOptions {
    let say: ((Int) -> Void)? =
      Terminal.showsProgress
      ? { states in
        let text = "\r\(place.prefix(60))  \(states) states\u{1B}[K"
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
      } : nil
    say?(0)
    return SearchOptions(
      memory: memory ?? Int(clamping: ProcessInfo.processInfo.physicalMemory / 2), threads: threads, progress: say.map { say in { say($0.states) } },
      interrupt: { Terminal.isInterrupted })
  }
}

/// The folder of `--output`: text in a document, JSON, and a page.
struct MatrixFolder {
  let path: String

  /// Made, and asked whether it takes files, before the work.
  init(_ path: String) throws {
    self.path = path
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for name in ["matrix.md", "matrix.json", "matrix.html"] { try OutputFile("\(path)/\(name)").refuseWhatCannotBeWritten() }
  }

  func write(_ summary: MatrixSummary) throws {
    try OutputFile("\(path)/matrix.md").write(Data(summary.markdown.utf8))
    for format in [OutputFormat.json, .html] {
      try OutputFile("\(path)/matrix.\(format.rawValue)").write(Data(try summary.document(format, style: .plain).utf8))
    }
  }
}
