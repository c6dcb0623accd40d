import Charts
import Documents
import Exploration
import Foundation
import Modelling
import Models
import Procedures
import Scenarios

/// `check --matrix`: every variant, every fault and every guard, as far as a small world shows them; and every model of a room of its own
/// with all that can go wrong in it. `check MODEL --matrix` is one of those models alone.
struct MatrixCommand {
  let output: OutputOptions
  let limit: Int?
  let memory: Int?
  let threads: Int
  /// Faults of a user's, as they were read once: for the plan, and for the recordings of what they break.
  let guests: [(file: FaultFile, fault: HostDescription.Fault)]
  /// The one model of a room that is asked for; nil for the whole matrix.
  let only: RoomModel?

  init(_ check: CheckCommand) throws {
    (output, limit, memory, threads) = (check.output, check.limit, check.memory, check.threads ?? 1)
    let host = check.host
    let useless: [(String, Bool)] = [
      ("--property", !check.property.isEmpty), ("--liveness", check.liveness), ("--hostile", check.hostile),
      ("--devices", check.devices != nil), ("--pages", check.pages != nil), ("--importers", check.importers != nil),
      ("--units", check.units != nil),
      ("--strict-dma", check.strictDma), ("--random-walk", check.randomWalk != nil), ("--seed", check.seed != nil),
      ("--against", !check.against.isEmpty), ("--trace", check.trace != nil), ("--model", check.traceModel != nil),
      ("--platforms", check.platforms != nil), ("--siblings", check.siblings != nil),
      ("--variant", host.givenVariant != nil), ("--procedure", !host.procedure.isEmpty),
    ]
    for (word, isGiven) in useless + check.givenOptionalActors where isGiven {
      throw Leave.badInput("\(word) says nothing beside --matrix\n  expected the matrix to choose: it asks every variant, fault and guard")
    }
    only = try check.model.map(Self.model)
    if let only, let file = host.fault.first { throw Leave.badInput("--fault \(file) says nothing beside \(only.name) --matrix") }
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

  /// The machine's models are asked together: what one of them does not see another may.
  private static func model(_ name: String) throws -> RoomModel {
    if let found = RoomModel.named(name) { return found }
    let rooms = RoomModel.all.map(\.name)
    guard ModelKind(rawValue: name) == nil else {
      throw Leave.badInput("\(name) says nothing beside --matrix\n  expected nothing, for all models, or one of: \(rooms.joined(separator: ", "))")
    }
    throw Leave.unknown("model", name, among: rooms)
  }

  /// A cell of either part.
  private enum Question {
    case machine(MatrixCell)
    case room(RoomCell)
  }

  func run() throws {
    var machine: FaultMatrix?
    if only == nil {
      do throws(ProcedureError) { machine = try FaultMatrix(guests: guests.map(\.file)) } catch { throw Leave.badInput(error.description) }
    }
    Terminal.note(machine?.notes ?? [])
    let rooms = RoomMatrix(only.map { [$0] } ?? RoomModel.all)
    let folder = try output.output.map { try MatrixFolder($0) }
    Terminal.catchInterrupts()
    let start = Date()
    var results: [MatrixResult] = [], roomResults: [RoomResult] = [], disagreements: [String] = []
    let cells = machine?.cells ?? []
    // The longest come last: whoever interrupts then has the rest.
    let plan =
      cells.filter { !$0.isLongest }.map(Question.machine) + rooms.cells.map(Question.room) + cells.filter(\.isLongest).map(Question.machine)
    for (number, question) in plan.enumerated() {
      if Terminal.isInterrupted { break }
      let place = "\(number + 1)/\(plan.count)"
      switch question {
      case .machine(let cell):
        let result: MatrixResult
        do { result = try cell.explored(limit: limit, options: options("\(place) \(cell)")) } catch { throw Leave.badInput("\(cell): \(error)") }
        // What an interruption cut off is no answer.
        if Terminal.isInterrupted { break }
        for finding in result.findings { disagreements += try MatrixPath(result, finding, guests).keep() }
        results.append(result)
      case .room(let cell):
        let result: RoomResult
        do throws(ModelError) {
          let bounds = options("\(place) \(cell)")
          result = try cell.explored(
            limit: limit,
            options: CheckOptions(memory: bounds.memory, threads: bounds.threads, progress: bounds.progress, interrupt: bounds.interrupt))
        } catch { throw Leave.badInput("\(cell): \(error)") }
        if Terminal.isInterrupted { break }
        roomResults.append(result)
      }
    }
    if Terminal.showsProgress { Terminal.clearProgress() }
    let summary = MatrixSummary(
      machine.map { MatrixReport($0, results) }, RoomReport(rooms, roomResults), disagreements, seconds: Date().timeIntervalSince(start))
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
