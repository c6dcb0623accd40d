import Documents
import Machine
import Procedures
import Rules

/// Everything that a run is a function of.
public struct RunRequest: Sendable {
  public var scenario: ScenarioFile
  public var machine: SourceText
  public var host: HostDescription
  public var platform: String
  public var seed: UInt64
  public var payload: Payload
  /// Compares bytes and rules after every event: slow, for tests.
  public var auditsEveryEvent = false

  public init(
    _ scenario: ScenarioFile, machine: SourceText, host: HostDescription = HostDescription(), platform: String = "tdx", seed: UInt64 = 1,
    payload: Payload? = nil
  ) {
    (self.scenario, self.machine, self.host, self.platform, self.seed) = (scenario, machine, host, platform, seed)
    self.payload = payload ?? Payload(seed: seed)
  }

  /// On the built-in machine.
  public init(_ scenario: ScenarioFile, host: HostDescription = HostDescription(), seed: UInt64 = 1, payload: Payload? = nil) throws(ScenarioError) {
    do {
      self.init(
        scenario, machine: SourceText(file: "built-in/\(BuiltInMachine.name)", text: try BuiltInMachine.text()), host: host, seed: seed,
        payload: payload)
    } catch { throw .document(error) }
  }
}

/// Why something could not be run at all: bad input, exit status 2.
public enum ScenarioError: Error, Hashable, Sendable, CustomStringConvertible {
  case document(DocumentError)
  case procedures(ProcedureError)
  case machine(String)
  case platform(String)
  case recording(RecordingError)

  public var description: String {
    switch self {
    case .document(let error): error.description
    case .procedures(let error): error.description
    case .machine(let text): text
    case .platform(let name):
      platformNames.contains(name)
        ? "the platform '\(name)' is not built yet" : "unknown platform \(quoted(name))\n  expected one of: " + platformNames.joined(separator: ", ")
    case .recording(let error): error.description
    }
  }
}

extension ScenarioError {
  static func mapping<Value>(_ body: () throws(DocumentError) -> Value) throws(ScenarioError) -> Value {
    do throws(DocumentError) { return try body() } catch { throw .document(error) }
  }
  static func mapping<Value>(_ body: () throws(ProcedureError) -> Value) throws(ScenarioError) -> Value {
    do throws(ProcedureError) { return try body() } catch { throw .procedures(error) }
  }
  static func mapping<Value>(_ body: () throws(MachineError) -> Value) throws(ScenarioError) -> Value {
    do throws(MachineError) { return try body() } catch { throw .machine(error.description) }
  }
}
