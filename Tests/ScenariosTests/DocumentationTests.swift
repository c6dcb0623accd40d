import Documents
import Exploration
import Foundation
import Machine
import Models
import Procedures
import Rules
import Testing

import Scenarios

/// docs/files.md is held against the program: its examples load, come to what it says of them, and its lists leave nothing out.
@Suite struct DocumentationTests {
  /// A block of YAML with the HTML comment above it: `<!-- procedure: holds -->`.
  struct Example: Sendable, CustomStringConvertible {
    var kind: String, claim: String, text: String, line: Int
    var description: String { "\(kind) at line \(line)" }
  }

  static let page: String = {
    let file = URL(fileURLWithPath: #filePath)
    let root = file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return (try? String(contentsOf: root.appendingPathComponent("docs/files.md"), encoding: .utf8)) ?? ""
  }()

  static let examples: [Example] = {
    var found: [Example] = []
    var mark: (kind: String, claim: String)?
    var block: Example?
    for (number, line) in page.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if var open = block {
        guard line == "```" else {
          open.text += line + "\n"
          block = open
          continue
        }
        found.append(open)
        (block, mark) = (nil, nil)
      } else if line == "```yaml", let known = mark {
        block = Example(kind: known.kind, claim: known.claim, text: "", line: number + 2)
      } else if line.hasPrefix("<!-- "), line.hasSuffix(" -->") {
        let parts = line.dropFirst(5).dropLast(4).split(separator: ":", maxSplits: 1)
        let words = parts.map { $0.trimmingCharacters(in: .whitespaces) }
        mark = (words.first ?? "", words.count > 1 ? words[1] : "")
      } else if !line.isEmpty {
        mark = nil
      }
    }
    return found
  }()

  static func examples(_ kind: String) -> [Example] { examples.filter { $0.kind == kind } }

  private static func document(_ example: Example) throws -> Document { try Document(text: example.text, file: "docs/files.md") }

  @Test func thePageHasExamples() {
    #expect(Self.examples("procedure").count >= 3 && Self.examples("fault").count >= 3)
    #expect(Self.examples("machine").count == 1 && Self.examples("scenario").count == 1)
  }

  @Test(arguments: examples("procedure")) func procedureIsTaken(example: Example) throws {
    let file = try ProcedureFile(Self.document(example))
    for variant in ProcedureSet.variantNames {
      var set = try ProcedureSet(variant: variant)
      try set.replace(file.procedure.id, with: file)
      let book = try set.playbook()
      #expect(book.entry(of: file.procedure) != 0)
    }
    var set = try ProcedureSet()
    try set.replace(file.procedure.id, with: file)
    try judge(example, set)
  }

  @Test(arguments: examples("fault")) func faultIsTaken(example: Example) throws {
    let fault = try FaultFile(Self.document(example))
    for variant in fault.variants.isEmpty ? ProcedureSet.variantNames : fault.variants {
      var set = try ProcedureSet(variant: variant)
      let before = (files: set.files, law: set.law)
      try set.apply(fault)
      _ = try set.playbook()
      #expect(set.files != before.files || set.law != before.law, "\(fault.name) changes nothing in \(variant)")
    }
    var set = try ProcedureSet(variant: fault.variants.first ?? ProcedureSet.defaultVariant)
    try set.apply(fault)
    try judge(example, set)
  }

  /// What the page says that `check private-mmio` comes to. A debug build sees the first states only: it may not contradict.
  private func judge(_ example: Example, _ procedures: ProcedureSet) throws {
    #if DEBUG
      let limit = 8_000, isWhole = false
    #else
      let limit = 6_000_000, isWhole = true
    #endif
    let bounds = Bounds(devices: 1, pages: 1, importers: 1, memory: 1)
    let check = try Check(try Model(.privateMMIO, procedures: procedures, bounds: bounds), options: SearchOptions(limit: limit))
    switch (example.claim, check.verdict) {
    case ("", _), ("holds", .holds): break
    case (_, .violated(let property)): #expect(example.claim == "violates \(property.id)", "\(example)")
    case (_, .incomplete): #expect(!isWhole, "\(example)")
    case (_, .holds): Issue.record("\(example) holds")
    case (_, .neverReached(let milestone)): #expect(example.claim == "violates \(milestone.id)", "\(example)")
    case (_, .notKept(let promise)): Issue.record("\(promise.id) was not asked")
    }
  }

  /// The built-in machine is shown as it is.
  @Test func machineIsTheBuiltInOne() throws {
    let example = try #require(Self.examples("machine").first)
    #expect(try example.text == BuiltInMachine.text())
    _ = try MachineFile(Self.document(example))
  }

  @Test func scenarioComesToWhatItDeclares() throws {
    let example = try #require(Self.examples("scenario").first)
    let file = try ScenarioFile(SourceText(file: "docs/files.md", text: example.text))
    let run = try ScenarioRunner.run(RunRequest(file))
    #expect(run.passed && run.troubles == [], "\(run.resultLine)")
  }

  @Test func listsLeaveNothingOut() {
    func isNamed(_ word: String) -> Bool { Self.page.contains("`\(word)`") }
    // The page lists the locks once for `lock` and `unlock`.
    let steps = Step.allCases.map(\.id).filter { !$0.hasPrefix("lock ") && !$0.hasPrefix("unlock ") }
    for id in steps { #expect(isNamed(id), "\(id)") }
    for condition in Condition.allCases where condition != .always { #expect(isNamed(condition.id), "\(condition.id)") }
    for procedure in Procedure.allCases.dropFirst() { #expect(isNamed(procedure.id), "\(procedure.id)") }
    for property in Property.allCases { #expect(isNamed(property.id), "\(property.id)") }
    for key in ["do", "name", "each", "if", "unless", "busy", "error", "to"] { #expect(isNamed(key), "\(key)") }
  }

  /// Every action, with as many operands as it takes, and none that is not there.
  @Test func actionsAreThere() throws {
    let section = try #require(Self.section("Actions as text"))
    var found: Set<String> = []
    for row in section.split(separator: "\n") where row.hasPrefix("| `") {
      for (i, text) in row.split(separator: "|")[0].split(separator: "`").enumerated() where i % 2 == 1 {
        let words = text.split(separator: " ").map { word in
          word == "PROCEDURE" ? "reset" : word == "STEP" ? Step.devifRemove.name : word.allSatisfy(\.isUppercase) ? "0" : String(word)
        }
        let action = words.joined(separator: " ")
        #expect(Action(action)?.description == action, "\(text)")
        #expect(found.insert(words[0]).inserted, "\(text)")
      }
    }
    #expect(found == Set(Action.verbs))
  }

  /// The names that `call` takes, beside those of procedure files.
  @Test func callsAreThere() throws {
    let block = try #require(Self.section("Actions as text")).components(separatedBy: "```")
    try #require(block.count == 3)
    let width = Step.allCases.map(\.name.count).max() ?? 0
    let lines = Step.allCases.map { $0.name.padding(toLength: width, withPad: " ", startingAt: 0) + "  " + $0.id }
    #expect(block[1].split(separator: "\n").map(String.init) == lines)
  }

  /// From a heading of the second rank to the next.
  private static func section(_ heading: String) -> String? {
    guard let start = page.range(of: "\n## \(heading)\n") else { return nil }
    let rest = page[start.upperBound...]
    return String(rest[..<(rest.range(of: "\n## ")?.lowerBound ?? rest.endIndex)])
  }
}
