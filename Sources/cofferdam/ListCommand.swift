import ArgumentParser
import BufferStories
import HeapModels
import HeapScenarios
import Models
import Procedures
import Rules
import Scenarios

/// `cofferdam list WHAT`: the vocabulary, from the same values that the program works with.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "What there is to run, to check and to write procedures with.")

  enum Subject: String, CaseIterable, ExpressibleByArgument {
    case scenarios, models, properties, faults, platforms, variants, procedures, steps, guards
  }

  @Argument(help: "scenarios, models, properties, faults, platforms, variants, procedures, steps or guards.") var subject: Subject
  @Option(help: "For procedures: whose.") var variant: String?
  @Option(help: "For procedures: print this one's file, to copy and edit.") var show: String?

  func run() throws {
    for (option, value) in [("--variant", variant), ("--show", show)] where value != nil && subject != .procedures {
      throw Leave.badInput("\(option) says nothing beside `list \(subject.rawValue)`\n  expected `list procedures`")
    }
    var unreadable: [String] = []
    do {
      switch subject {
      case .scenarios: scenarios(&unreadable)
      case .models:
        ModelKind.allCases.forEach { Self.entry($0.rawValue, [$0.summary]) }
        RoomModel.all.forEach { Self.entry($0.name, [$0.summary]) }
      case .properties:
        Property.allCases.forEach { Self.entry($0.id, [$0.sentence, "source: \($0.source)"]) }
        Promise.allCases.forEach { Self.entry($0.id, [$0.sentence + " (asked with --liveness, or by name)", "source: \($0.source)"]) }
        roomProperties()
        Milestone.allCases.forEach { milestone in
          let missed =
            milestone.isOwed
            ? "violated where somebody could come to it and nothing does" : "a model that never comes to it says so below its verdict"
          Self.entry(milestone.id, ["sometimes: \(milestone.sentence)", missed])
        }
      case .faults: faults(&unreadable)
      case .platforms: platforms()
      case .variants: variants(&unreadable)
      case .procedures: try procedures()
      case .steps: steps()
      case .guards: guards()
      }
    } catch let error as ProcedureError {
      throw Leave.badInput(error.description)
    }
    guard unreadable.isEmpty else { throw Leave.badInput(unreadable.joined(separator: "\nerror: ")) }
  }

  /// Whatever can be read is listed, and what cannot is said behind it.
  private static func each(_ names: [String], _ unreadable: inout [String], _ show: (String) throws -> Void) {
    for name in names {
      do { try show(name) } catch { unreadable.append("\(error)") }
    }
  }

  /// A name at the margin, what belongs to it below, folded at 80 columns.
  private static func entry(_ name: String, _ lines: [String]) {
    print(name)
    for line in lines where !line.isEmpty { print(folded(line, indent: 4, hanging: 4)) }
  }

  /// What the models of rooms of their own are asked, each property once.
  private func roomProperties() {
    var asked: [(property: RoomModel.Entry, models: [String])] = []
    for model in RoomModel.all {
      for property in model.properties {
        if let known = asked.firstIndex(where: { $0.property.name == property.name }) {
          asked[known].models.append(model.name)
        } else {
          asked.append((property, [model.name]))
        }
      }
    }
    for (property, models) in asked {
      let when = property.isPromise ? " (with --liveness, or by name)" : ""
      Self.entry(property.name, [property.summary + when, "asked of \(models.joined(separator: ", "))"])
    }
  }

  private func scenarios(_ unreadable: inout [String]) {
    Self.each(BuiltInScenarios.names, &unreadable) { Self.entry($0, [try BuiltInScenarios.scenario($0).summary]) }
    for scenario in HeapScenario.all { Self.entry(scenario.name, [scenario.summary]) }
    for story in Story.all { Self.entry(story.name, [story.summary]) }
  }

  private func faults(_ unreadable: inout [String]) {
    Self.each(ProcedureSet.faultNames, &unreadable) { name in
      let fault = try ProcedureSet.fault(name)
      let breaks = (fault.breaks.map(\.id) + fault.misses.map(\.id) + fault.lapses.map { $0.id + " (--liveness)" }).joined(separator: ", ")
      let scope = fault.variants.isEmpty ? "" : "variants: " + fault.variants.joined(separator: ", ")
      var effect = breaks.isEmpty ? "" : "breaks: \(breaks)"
      if fault.needsStrictDMA { effect += " (with --strict-dma, which it switches on)" }
      if fault.needsHostileVMM { effect += " (with --hostile, which it switches on)" }
      if let law = fault.refusedBy { effect = "alone it breaks nothing: the guard \(law.id) refuses it; drop that too" }
      Self.entry(name, [fault.summary, effect, scope])
    }
    for model in RoomModel.all {
      let more = model.name == RestrictedHeapModel.name ? " and of the scenarios with restricted heaps" : ""
      for fault in model.faults { Self.entry(fault.name, [fault.summary, Self.seen(model.declaration(fault.name)), "of \(model.name)\(more)"]) }
    }
    Self.entry("drop-guard:ID", ["switches one guard off; `cofferdam list guards` has the identifiers"])
    Self.entry("FILE.yaml", ["a fault file of yours; docs/files.md has the form"])
  }

  private static func seen(_ declaration: RoomModel.Declaration) -> String {
    switch declaration {
    case .something: ""
    case .breaks(let property): "breaks: \(property)"
    case .table: "missed by: a table in the tests of its room"
    }
  }

  private func platforms() {
    for platform in Platform.allCases { print(platform.rawValue + (platform == .tdx ? "" : "    not built yet")) }
  }

  private func variants(_ unreadable: inout [String]) {
    Self.each(ProcedureSet.variantNames, &unreadable) { name in
      let variant = try ProcedureSet(variant: name).variant
      let expected = variant.expectations.map { platform, expectation in
        let names = expectation.properties.map(\.id) + expectation.promises.map { $0.id + " (--liveness)" }
        return "\(platform): " + (names.isEmpty ? "holds" : "violates " + names.joined(separator: ", "))
      }
      Self.entry(
        name + (name == ProcedureSet.defaultVariant ? " (default)" : ""),
        [variant.summary, "source: \(variant.source)", variant.base.map { "based on \($0)" } ?? ""] + expected)
    }
  }

  private func procedures() throws {
    let host = variant ?? ProcedureSet.defaultVariant
    let set = try ProcedureSet(variant: host)
    if let show {
      let known = set.files.map(\.procedure.id)
      guard let procedure = Procedure(id: show), let text = try ProcedureSet.text(of: procedure, variant: host) else {
        throw Leave.unknown("procedure", show, among: known)
      }
      print(text, terminator: "")
      return
    }
    for file in set.files.sorted(by: { $0.procedure.code < $1.procedure.code }) {
      Self.entry(file.procedure.id, [file.summary, "\(file.file), \(file.steps.count) steps"])
    }
  }

  private func steps() {
    print("steps (`do:`)")
    for step in Step.allCases {
      let entry = step.entry
      let each = entry.axis == .page ? "each: page.  " : entry.axis == .memory ? "each: memory.  " : ""
      let error = entry.onError == .kill ? "  A refusal kills the VM (error: kill)." : ""
      Self.entry("  " + entry.id, ["\(each)\(entry.summary).\(error)"])
    }
    print("conditions (`if:`, `unless:`)")
    for condition in Condition.allCases where condition != .always { Self.entry("  " + condition.id, [condition.summary]) }
    print("reactions")
    Self.entry("  busy: wait | abandon | go NAME", ["when something is busy; without it the task waits"])
    Self.entry(
      "  error: abandon | ignore | kill | retry | go NAME",
      ["when the step is refused; without it the step's own default, which is abandon where no other is given"])
  }

  private func guards() {
    for law in Guard.laws {
      let entry = law.entry
      Self.entry(entry.id, ["code: \(entry.code)   source: \(entry.source)", "missed by: \(law.witness)"])
    }
    for model in RoomModel.all {
      for law in model.guards where !Guard.laws.contains(where: { $0.entry.id == law.id }) {
        Self.entry(
          law.id, ["code: \(law.code)   source: \(law.source)", "a guard of \(model.name)", Self.seen(model.declaration("drop-guard:" + law.id))])
      }
    }
    for (room, laws) in RoomModel.unmodelled {
      for law in laws {
        Self.entry(law.id, ["code: \(law.code)   source: \(law.source)", "a guard of \(room): no model carries what it refuses, a table does"])
      }
    }
  }
}
