import Documents
import Rules

/// A scenario: what is done, in phases, and what it must come to. Read from YAML; docs/files.md shows the keys.
public struct ScenarioFile: Hashable, Sendable {
  public var name: String
  public var summary: String
  /// Faults that belong to the scenario itself, as `unmap-before-stop`.
  public var faults: [String]
  /// LOCK asks for the MSI-X table too, whatever the machine file says.
  public var locksMessages: Bool
  public var phases: [Phase]
  public var ends: Choice<ScenarioEnd>
  /// Where it was read, and the text itself: a recording carries it.
  public var source: SourceText

  /// Steps that belong together, under one name.
  public struct Phase: Hashable, Sendable {
    public var name: String
    public var steps: [ScenarioStep]
  }

  public var steps: [ScenarioStep] { phases.flatMap(\.steps) }
}

/// A text and the file that it came from: what is needed to read it again elsewhere.
public struct SourceText: Hashable, Sendable {
  public var file: String
  public var text: String

  public init(file: String, text: String) { (self.file, self.text) = (file, text) }
  public init(contentsOf path: String) throws(DocumentError) {
    (file, text) = (path, try TextFile.text(at: path))
  }

  package func document() throws(DocumentError) -> Document { try Document(text: text, file: file) }
}

/// One value for all variants, or one for some of them and `default` for the others. A platform's name may stand for a variant's.
public struct Choice<Value: Hashable & Sendable>: Hashable, Sendable {
  var general: Value
  var special: [Special] = []

  struct Special: Hashable, Sendable { var name: String, value: Value }

  init(_ general: Value) { self.general = general }

  /// The variant's own, else the platform's, else the default.
  public func value(variant: String, platform: String) -> Value {
    special.first { $0.name == variant }?.value ?? special.first { $0.name == platform }?.value ?? general
  }

  /// All values, the general one first: to check them before anything runs.
  var all: [Value] { [general] + special.map(\.value) }
}
