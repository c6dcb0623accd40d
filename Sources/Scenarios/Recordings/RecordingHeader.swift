import Documents
import Machine
import Rules
import TEE

/// The world that a replay starts from: everything that a run, or the path of a counterexample, is a function of.
public struct RecordingHeader: Hashable, Sendable {
  public enum Kind: String, CaseIterable, Hashable, Sendable { case run, counterexample }
  /// What a device was read from, by digest: a dump is not carried, and must not have changed.
  public struct Dump: Hashable, Sendable {
    public var file: String, sha256: String
  }

  public static let format = "cofferdam recording 1"

  public var kind: Kind
  /// The scenario's or the model's.
  public var name: String
  public var platform: String
  public var seed: UInt64
  /// How far the devices' evidence can be trusted.
  public var evidence = Recording.evidence
  public var host: HostDescription
  /// All faults in force, those of the scenario included.
  public var faults: [String]
  public var bounds: Bounds
  public var parameters: Parameters
  public var cast: Cast
  public var shape: MachineShape
  /// The machine file; nil for a machine that was made for the bounds.
  public var machine: SourceText?
  public var dumps: [Dump] = []
  public var scenario: SourceText?
  public var payload: PayloadRecord?
  /// What happened before the first event: the set-up of a model.
  public var prologue: [Action] = []
  /// What a counterexample shows, and the name under which it can be quoted.
  public var claim: Claim?
  public var id: String?
}

/// The payload of a run: its bytes where they are few or follow from the seed, else what they must be.
public struct PayloadRecord: Hashable, Sendable {
  public var count: Int
  public var sha256: String
  public var isUsers: Bool
  /// A user's own, up to `inlineLimit`.
  public var bytes: [UInt8]?

  public static let inlineLimit = 1 << 20

  init(_ payload: Payload) {
    (count, sha256, isUsers) = (payload.bytes.count, sha256Text(payload.bytes), payload.isUsers)
    bytes = payload.isUsers && count <= Self.inlineLimit ? payload.bytes : nil
  }

  init(count: Int, sha256: String, isUsers: Bool, bytes: [UInt8]?) {
    (self.count, self.sha256, self.isUsers, self.bytes) = (count, sha256, isUsers, bytes)
  }
}

extension RecordingHeader {
  init(_ request: RunRequest, _ machine: Machine) {
    kind = .run
    (name, platform, seed) = (request.scenario.name, request.platform, request.seed)
    host = request.host
    faults = request.scenario.faults + request.host.faults.map(\.name)
    (bounds, parameters, cast) = (machine.book.bounds, machine.book.parameters, machine.book.cast)
    shape = MachineShape(machine.file)
    self.machine = request.machine
    scenario = request.scenario.source
    payload = PayloadRecord(request.payload)
    for device in machine.file.devices where !device.source.hasPrefix("built-in/") {
      dumps.append(Dump(file: device.source, sha256: digestText(device.digest)))
    }
  }
}

extension HostDescription.Fault {
  var name: String {
    switch self {
    case .named(let name): name
    case .file(let source): source.file
    }
  }
}
