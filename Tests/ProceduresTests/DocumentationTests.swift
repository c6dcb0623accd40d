import Documents
import Foundation
import Procedures
import Rules
import Testing

/// docs/files.md is held against the reader: its examples load, and its lists leave nothing out.
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

  /// Hands over the example as a file, as a user would have it.
  private func withFile<Result>(_ example: Example, _ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-example-\(UUID().uuidString).yaml")
    try Data(example.text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
  }

  @Test func thePageHasExamples() {
    #expect(Self.examples("procedure").count >= 3)
    #expect(Self.examples("fault").count >= 3)
  }

  @Test(arguments: examples("procedure")) func procedureIsTaken(example: Example) throws {
    let file = try ProcedureFile(Document(text: example.text, file: "docs/files.md"))
    for variant in ProcedureSet.variantNames {
      var set = try ProcedureSet(variant: variant)
      try withFile(example) { try set.replace(file.procedure.id, withFile: $0) }
      let book = try set.playbook()
      #expect(book.entry(of: file.procedure) != 0)
    }
  }

  @Test(arguments: examples("fault")) func faultIsTaken(example: Example) throws {
    let fault = try FaultFile(Document(text: example.text, file: "docs/files.md"))
    for variant in fault.variants.isEmpty ? ProcedureSet.variantNames : fault.variants {
      var set = try ProcedureSet(variant: variant)
      let before = (files: set.files, law: set.law)
      try withFile(example) { try set.apply(fault: $0) }
      _ = try set.playbook()
      #expect(set.files != before.files || set.law != before.law, "\(fault.name) changes nothing in \(variant)")
    }
  }

  @Test(arguments: examples("procedure") + examples("fault")) func claimIsAProperty(example: Example) {
    guard example.claim.hasPrefix("violates ") else {
      #expect(["", "holds"].contains(example.claim))
      return
    }
    #expect(Property(id: String(example.claim.dropFirst("violates ".count))) != nil)
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
}
