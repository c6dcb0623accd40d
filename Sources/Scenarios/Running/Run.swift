import Documents
import Machine
import Rules

/// A run that has ended: what happened, what was declared, and whether the two agree.
public struct Run: Sendable {
  public internal(set) var header: RecordingHeader
  public internal(set) var events: [RecordedEvent] = []
  /// Phases in order, empty ones included.
  public internal(set) var phases: [String] = []
  public internal(set) var transfers: [TransferRecord] = []
  /// Each a sentence: what was declared, and what came instead. Empty: the run passed.
  public internal(set) var mismatches: [String] = []
  /// What was declared of the run's end, as it came, in words.
  public internal(set) var ends: [String] = []
  /// The first property that was broken, and the event that broke it.
  public internal(set) var violation: RecordedViolation?
  /// SHA-256 over tables, guest memory, BARs, configuration space and caches, as hexadecimal text.
  public internal(set) var memory = ""
  public internal(set) var bytesMoved: UInt64 = 0
  /// Bytes and rules that disagree: defects of the machine. Always empty.
  public internal(set) var troubles: [String] = []
  /// The values at the end.
  public internal(set) var world: TableWorld

  init(header: RecordingHeader, world: TableWorld) { (self.header, self.world) = (header, world) }

  public var passed: Bool { mismatches.isEmpty && troubles.isEmpty }
  /// 0: as declared. 1: not.
  public var exitStatus: Int32 { passed ? 0 : 1 }
  public var steps: Int { events.count(where: \.isStep) }
  public var refused: Int { events.count { $0.isStep && $0.outcome.isRefusal(atGuard: $0.guardID != nil) } }
  public var faults: Int { events.count { $0.isStep && $0.outcome == .fault } }

  /// The stable last line: for machines, the same for the same seed and files.
  public var resultLine: String {
    // The line is words and pairs: a name of several words is one here, and steers no terminal.
    let name = quoted(header.name, atMost: 200).dropFirst().dropLast().map { $0.isWhitespace || $0 == "=" ? "-" : String($0) }.joined()
    return "result: \(passed ? "pass" : "fail") scenario=\(name) platform=\(header.platform) steps=\(steps) refused=\(refused) faults=\(faults)"
      + " bytes=\(bytesMoved) seed=\(header.seed)"
  }
}

/// The property and the event that broke it.
public struct RecordedViolation: Hashable, Sendable {
  public var property: Property
  public var event: Int
}

/// A payload that went through a device: SHA-256 as hexadecimal text, as each party sees it.
public struct TransferRecord: Hashable, Sendable {
  public var phase: String
  public var isPrivate: Bool
  public var bytes: Int
  public var payload: String
  public var guest: String
  public var device: String
  /// Of what the host's CPU reads in the same frames.
  public var host: String
  public var failure: String?

  /// Guest and device saw the payload; the host saw it where it is shared, and nothing of it where it is private.
  /// A payload of zeros looks the same to everybody: zeros are what the host reads of a line that is not its own.
  public var agrees: Bool {
    guard failure == nil, guest == payload, device == payload else { return false }
    return isPrivate ? host != payload || payload == zerosDigest(bytes) : host == payload
  }
}
