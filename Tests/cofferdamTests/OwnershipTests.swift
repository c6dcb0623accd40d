import Foundation
import Procedures
import Rules
import Testing

/// `docs/ownership.md` shows what each design of who owns bind comes to, as the program prints it.
@Suite struct OwnershipTests {
  private func generated() throws -> (command: [String], text: String) { try PublishedPage(name: "ownership").generated() }

  /// Rows of the table under a heading, each a name and what stands behind it.
  private func rows(under heading: String, in text: String) -> [[String]] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.drop { $0 != heading }.dropFirst().prefix { !$0.isEmpty }.map { $0.split(separator: " ").map(String.init) }
  }

  /// Every variant is a column, and its numbers stand where its file declares that something breaks.
  @Test func thePageSaysWhatFilesDeclare() throws {
    let text = try generated().text
    let columns = rows(under: "Designs", in: text).filter { $0.count == 3 && $0[0].count == 1 }.map { $0[1] }
    #expect(columns == ProcedureSet.variantNames)
    let names = Property.allCases.map(\.id) + Promise.allCases.map(\.id)
    let grid = rows(under: "Property x design", in: text).filter { names.contains($0[0]) }
    #expect(grid.map { $0[0] } == names && grid.allSatisfy { $0.count == columns.count + 1 })
    for (i, variant) in columns.enumerated() {
      let declared = try #require(try ProcedureSet(variant: variant).variant.expectation(on: "tdx"))
      let broken = grid.filter { $0[i + 1].contains(where: \.isNumber) }.map { $0[0] }
      #expect(Set(broken) == Set(declared.properties.map(\.id) + declared.promises.map(\.id)), "\(variant)")
    }
  }

  /// The whole in a release build; a debug build sees that the command is one, and what it says of a part.
  @Test func thePageIsWhatTheProgramSays() throws {
    let (command, text) = try generated()
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-designs-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    #if DEBUG
      let run = try Program.run(command + ["--limit", "200", "--output", file.path])
      #expect(run.status == 3 && run.lastLine.hasPrefix("verdict: incomplete model=private-mmio platform=tdx variant=all "), "\(run.diagnostics)")
      let part = try String(contentsOf: file, encoding: .utf8)
      #expect(rows(under: "Property x design", in: part).map(\.first) == rows(under: "Property x design", in: text).map(\.first))
    #else
      let run = try Program.run(command + ["--output", file.path])
      #expect(run.status == 0 && run.lastLine.hasPrefix("verdict: as-declared "), "\(run.diagnostics)")
      #expect(try String(contentsOf: file, encoding: .utf8) == text)
    #endif
  }

  @Test(arguments: [
    ["--against", "variant=rfc-2025"], ["--fault", "leak-on-close"], ["--procedure", "reset=x.yaml"], ["--hostile"], ["--random-walk", "3"],
  ])
  func whatSaysNothingBesideAllIsRefused(_ option: [String]) throws {
    let run = try Program.run(["check", "private-mmio", "--variant", "all"] + option)
    #expect(run.status == 2 && run.diagnostics.contains("beside --variant all"), "\(run.diagnostics)")
  }

  @Test(arguments: ["json", "mermaid", "html"]) func everyFormat(format: String) throws {
    let run = try Program.run(
      "check", "private-mmio", "--variant", "all", "--importers", "0", "--pages", "1", "--limit", "150", "--format", format)
    #expect(run.status == 3 && run.diagnostics.contains("verdict: incomplete "))
    switch format {
    case "json": #expect(run.output.hasPrefix("{\"header\":") && run.output.contains("{\"variant\":\"vfio-calls-tsm\",\"verdict\":\""))
    case "mermaid": #expect(run.output.hasPrefix("%% ") && run.output.contains("\nsequenceDiagram\n"))
    default: #expect(run.output.contains("</html>"))
    }
  }
}
