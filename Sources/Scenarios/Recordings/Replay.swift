import Documents
import PCI
import Rules

/// A recording, done again: the same, or where it differs.
public struct Replay: Sendable {
  /// The first places that differ; at most `differenceLimit`.
  public let differences: [Difference]
  /// What came this time.
  public let recording: Recording

  public var isSame: Bool { differences.isEmpty }
  static let differenceLimit = 20

  public struct Difference: Hashable, Sendable, CustomStringConvertible {
    /// Nil for something about the run as a whole.
    public var event: Int?
    public var what: String
    public var expected: String
    public var got: String

    public var description: String { "\(event.map { "event \($0)" } ?? "the end"): \(what): expected \(expected), got \(got)" }
  }

  /// Runs the recording's scenario, or executes its counterexample, and compares every event, and the memory digest.
  ///
  /// - Parameter payload: the user's payload where it was too large to be recorded; it has to be the same.
  public init(of recording: Recording, payload: [UInt8]? = nil) throws(ScenarioError) {
    let header = recording.header
    switch header.kind {
    case .run: self.recording = Recording(try ScenarioRunner.run(RunRequest(header, payload: payload)))
    case .counterexample:
      guard let claim = header.claim else { throw .machine("the recording does not say what it breaks") }
      var request = PathRequest(
        model: header.name, claim: claim, id: header.id ?? "", bounds: header.bounds, parameters: header.parameters, cast: header.cast,
        host: header.host, prologue: header.prologue, actions: recording.actions)
      (request.platform, request.seed) = (header.platform, header.seed)
      var again = try Recording.counterexample(request, line: recording.result.line)
      // What would have been fine is an exploration's to say, as its verdict is.
      (again.result.passesIf, again.result.inferred) = (recording.result.passesIf, recording.result.inferred)
      self.recording = again
    }
    differences = Self.compare(recording, self.recording)
  }

  static func compare(_ expected: Recording, _ got: Recording) -> [Difference] {
    var differences: [Difference] = []
    func note(_ event: Int?, _ what: String, _ expected: some CustomStringConvertible, _ got: some CustomStringConvertible) {
      guard differences.count < differenceLimit, expected.description != got.description else { return }
      differences.append(Difference(event: event, what: what, expected: expected.description, got: got.description))
    }
    for (a, b) in zip(expected.events, got.events) where a != b {
      note(a.index, "call", a.call, b.call)
      note(a.index, "outcome", a.ending, b.ending)
      // Something that has no name here, as an access: the whole line.
      if differences.last?.event != a.index { note(a.index, "event", a.json.text, b.json.text) }
    }
    note(nil, "number of events", expected.events.count, got.events.count)
    note(nil, "violation", expected.result.violation?.property.id ?? "none", got.result.violation?.property.id ?? "none")
    note(nil, "memory", expected.result.memory, got.result.memory)
    note(nil, "result", expected.result.line, got.result.line)
    note(nil, "header", expected.header.comparable, got.header.comparable)
    // What has no name here: counts, digests, phases, ends.
    if differences.isEmpty { note(nil, "result record", expected.result.json.text, got.result.json.text) }
    return differences
  }
}

extension RecordingHeader {
  /// All but the payload's own bytes, which may have come from beside the recording: their digest is in it.
  fileprivate var comparable: String {
    var copy = self
    copy.payload?.bytes = nil
    return copy.json.text
  }
}

extension RecordedEvent {
  var ending: String { ([outcome.rawValue, code, guardID, property] as [String?]).compactMap { $0 }.joined(separator: " ") }
}

extension RunRequest {
  /// The request that a recording of a run is the answer to.
  init(_ header: RecordingHeader, payload given: [UInt8]?) throws(ScenarioError) {
    guard let machine = header.machine, let scenario = header.scenario, let recorded = header.payload else {
      throw .machine("the recording does not say what was run")
    }
    for dump in header.dumps {
      let bytes = try ScenarioError.mapping { () throws(DocumentError) in
        try TextFile.bytes(at: dump.file, limit: ConfigurationSpaceDump.fileLimit)
      }
      guard sha256Text(bytes) == dump.sha256 else { throw .machine("\(dump.file): the device's dump has changed since the recording") }
    }
    if let given, sha256Text(given) != recorded.sha256 {
      throw .machine("the payload is not the recorded one, whose SHA-256 is \(recorded.sha256)")
    }
    let payload: Payload
    if recorded.isUsers {
      guard let bytes = recorded.bytes ?? given else {
        throw .machine("the payload of \(recorded.count) bytes is not in the recording\n  expected --payload FILE, with SHA-256 \(recorded.sha256)")
      }
      payload = Payload(bytes)
    } else {
      guard recorded.count == Payload.defaultCount else { throw .machine("a payload that follows from the seed has \(Payload.defaultCount) bytes") }
      payload = Payload(seed: header.seed)
    }
    guard sha256Text(payload.bytes) == recorded.sha256 else {
      throw .machine("the payload is not the recorded one, whose SHA-256 is \(recorded.sha256)")
    }
    do {
      self.init(try ScenarioFile(scenario), machine: machine, host: header.host, platform: header.platform, seed: header.seed, payload: payload)
    } catch { throw .document(error) }
  }
}
