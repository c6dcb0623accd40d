import Documents
import Foundation
import Machine
import Primitives
import Procedures
import Rules

extension ScenarioFile {
  static let keys = ["scenario", "summary", "source", "faults", "lock-msix", "phases", "expect"]
  /// More steps than a person writes, fewer than would be felt.
  static let stepLimit = 4096

  public init(_ source: SourceText) throws(DocumentError) {
    self.source = source
    let map = try source.document().root.mapping(keys: Self.keys)
    let title = try map.required("scenario")
    name = try title.string
    guard !name.isEmpty else { throw title.error(.outOfRange, "a scenario's name is empty", expected: "a name") }
    summary = try map.optional("summary")?.string ?? ""
    _ = try map.optional("source")?.string
    faults = []
    for node in try map.optional("faults")?.sequence ?? [] {
      let fault = try node.string
      faults.append(fault.hasPrefix("drop-guard:") ? fault : try node.word(among: ProcedureSet.faultNames))
    }
    locksMessages = try map.optional("lock-msix")?.boolean ?? false
    phases = []
    let list = try map.required("phases")
    for node in try list.sequence {
      let phase = try node.mapping(keys: ["name", "steps"])
      let name = try phase.required("name").string
      var steps: [ScenarioStep] = []
      for step in try phase.required("steps").sequence { steps.append(try ScenarioStep(step)) }
      phases.append(Phase(name: name, steps: steps))
    }
    let count = phases.reduce(0) { $0 + $1.steps.count }
    guard (1...Self.stepLimit).contains(count) else {
      throw list.error(.outOfRange, "\(count) steps", expected: "1 to \(Self.stepLimit)")
    }
    ends = Choice(ScenarioEnd())
    if let node = map.optional("expect") {
      ends = try Choice(node, isDirect: ScenarioEnd.keys) { node throws(DocumentError) in try ScenarioEnd(node) }
    }
  }

  public init(contentsOf path: String) throws(DocumentError) { try self.init(SourceText(contentsOf: path)) }

  /// The machine that it runs on. Errors are those of the machine's file, or point at a step whose object it has not.
  public func machine(_ source: SourceText) throws(DocumentError) -> MachineFile {
    var machine = try MachineFile(try source.document())
    if locksMessages { try machine.lockMessages() }
    try check(against: machine)
    return machine
  }

  /// Whether the machine has what the steps name. Errors point at the step.
  private func check(against machine: MachineFile) throws(DocumentError) {
    let bounds = machine.bounds
    for step in steps {
      func need(_ what: String, _ index: UInt8, _ count: UInt8) throws(DocumentError) {
        guard index < count else {
          throw DocumentError(
            .outOfRange, at: step.position, "the machine has no \(what) \(index)", expected: count == 0 ? "a machine with one" : "0 to \(count - 1)")
        }
      }
      try need("device", step.device, bounds.devices)
      if case .number(let page) = step.page { try need("page", page, bounds.pages) }
      if step.page == .tee || step.page == .lastTEE, step.page?.index(in: bounds, machine.parameters) == nil {
        throw DocumentError(
          .outOfRange, at: step.position, "the machine \(quoted(machine.name)) has no page of TEE memory",
          expected: "a machine with a range that is: interface: {ranges: [{..., tee: true}]}")
      }
      if step.unit.index(in: bounds) == nil {
        let unit: UInt8 = if case .number(let number) = step.unit { number } else { 0 }
        try need("unit of private memory", unit, bounds.memory)
      }
      switch step.deed {
      case .importer: try need("importer", step.importerIndex, bounds.importers)
      case .action(let action) where !action.fits(bounds):
        throw DocumentError(.outOfRange, at: step.position, "the machine has not what \(quoted(action.description)) names")
      case .vmm(.writeMSIX):
        guard machine.devices[Int(step.device)].messages == .absent else { break }
        throw DocumentError(
          .contradiction, at: step.position,
          "the VMM cannot write the MSI-X table of \(machine.devices[Int(step.device)].address): the function has no MSI-X capability",
          expected: "a machine whose device has one")
      default: break
      }
    }
    for end in ends.all {
      for state in end.states where state.place(in: bounds, machine.parameters) == nil {
        throw DocumentError(.outOfRange, at: Position(file: source.file), "expect: the machine has no \(state.name)")
      }
    }
  }
}

/// The scenarios that come with the project.
public enum BuiltInScenarios {
  public static var names: [String] {
    let folder = Bundle.module.bundleURL.appendingPathComponent("BuiltIn")
    let found = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return found.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// A built-in scenario by name, or a user's by path (with a `/` or ending in `.yaml`). `unknownWord` names the nearest.
  public static func scenario(_ name: String) throws(DocumentError) -> ScenarioFile {
    if name.contains("/") || name.hasSuffix(".yaml") { return try ScenarioFile(contentsOf: name) }
    guard names.contains(name) else {
      throw DocumentError(
        .unknownWord, at: Position(file: "scenario"), "unknown scenario \(quoted(name))", expected: "one of: " + names.joined(separator: ", "),
        suggestion: nearestWord(to: name, among: names))
    }
    let url = Bundle.module.bundleURL.appendingPathComponent("BuiltIn/\(name).yaml")
    return try ScenarioFile(SourceText(file: "built-in/\(name).yaml", text: TextFile.text(at: url.path)))
  }
}
