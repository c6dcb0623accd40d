import Primitives
import Rules
import Machine

/// A run, or the path of a counterexample, as a file: JSON lines with a header, an event each, and the result.
///
/// Nothing in it depends on when or where it was written, so that two recordings of the same run are the same bytes.
public struct Recording: Hashable, Sendable {
  /// How far the evidence of devices can be trusted where no machine earned it: models have none, and their counterexamples are executed
  /// with evidence that is handed over.
  public static let evidence = EvidenceFound.unauthenticated.description

  public var header: RecordingHeader
  public var events: [RecordedEvent]
  public var result: RecordedResult

  init(header: RecordingHeader, events: [RecordedEvent], result: RecordedResult) {
    (self.header, self.events, self.result) = (header, events, result)
  }

  /// The recording of a run.
  public init(_ run: Run) {
    header = run.header
    events = run.events
    result = RecordedResult(
      line: run.resultLine, exitStatus: run.exitStatus, events: run.events.count, steps: run.steps, refused: run.refused, faults: run.faults,
      bytes: run.bytesMoved,
      violation: run.violation, memory: run.memory, phases: run.phases, transfers: run.transfers, ends: run.ends,
      mismatches: run.mismatches + run.troubles)
  }

  /// The lines, header first. Written one by one: a long run need not be one text in memory.
  public func write(_ line: (String) -> Void) {
    line(JSONValue.members(["header": header.json]).text)
    for event in events { line(event.json.text) }
    line(JSONValue.members(["result": result.json]).text)
  }

  public var text: String {
    var out = ""
    write { out += $0 + "\n" }
    return out
  }

  /// The actions in order: what the rules were asked.
  public var actions: [Action] { events.compactMap { $0.action.flatMap { Action($0) } } }
}

/// How a recording ends.
public struct RecordedResult: Hashable, Sendable {
  /// The stable last line, `result: ...` or `verdict: ...`.
  public var line: String
  public var exitStatus: Int32
  /// Lines between header and result; nil in a recording of an earlier version.
  public var events: Int?
  public var steps: Int
  public var refused: Int
  public var faults: Int
  public var bytes: UInt64
  public var violation: RecordedViolation?
  public var memory: String
  public var phases: [String]
  public var transfers: [TransferRecord]
  public var ends: [String]
  public var mismatches: [String]
  /// Of a counterexample: changes of order with which nothing breaks, a sentence each.
  public var passesIf: [String] = []
  /// Rules that decided something on the path and that no source settles.
  public var inferred: [InferredRule] = []
}
