import Foundation
import Modelling
import Testing

/// The article is held against the program: its code is the example's, and what it prints is what comes.
@Suite struct ArticleTests {
  static let article = text("Sources/Modelling/Modelling.docc/YourFirstModel.md")
  static let source = text("Examples/Revocation/Sources/Revocation/Revocation.swift")
  static let main = text("Examples/Revocation/Sources/Revocation/main.swift")

  static func text(_ path: String) -> String {
    (try? String(contentsOf: SpinTwinTests.root.appendingPathComponent(path), encoding: .utf8)) ?? ""
  }

  /// The blocks that open with this fence, without the fences.
  static func blocks(_ fence: String) -> [String] {
    var (found, open): ([String], (fence: String, text: String)?) = ([], nil)
    for line in article.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if let block = open {
        if line == "```" {
          if block.fence == fence { found.append(block.text) }
          open = nil
        } else {
          open?.text += line + "\n"
        }
      } else if line.hasPrefix("```") {
        open = (line, "")
      }
    }
    return found
  }

  @Test func theCodeIsTheExamples() {
    let blocks = Self.blocks("```swift")
    #expect(!Self.source.isEmpty && blocks.contains(Self.source))
    #expect(!Self.main.isEmpty && blocks.contains(Self.main))
    #expect((Self.source + Self.main).split(separator: "\n", omittingEmptySubsequences: false).count < 60)
  }

  @Test func whatIsPrintedIsWhatComes() throws {
    let mistakes: [Mistake] = [.none, .completesAtOnce, .mapsTwice, .finishesAtWill, .tellsBetweenUses]
    let printed = try mistakes.map { try revocation(importers: 3, $0).check().description + "\n" }
    #expect(Self.blocks("```") == printed)
    #expect(printed.joined().split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(try revocation(importers: 3, .tellsBetweenUsesStrongly).check().verdict == .holds)
  }

  /// The lines that the article puts in the place of others are the example's but for what it says.
  @Test func whatIsReplacedIsThere() {
    for line in [
      "      when: { $0[buffer] == .revoking && $0[mappings] == 0 },",
      "      when: { state, i in state[buffer] == .live && state[importer, i] == .unmapped },",
      "      \"finish\", each: importer.indices, fairness: .weak,",
      "      when: { state, i in state[buffer] == .revoking && state[importer, i] != .unmapped && !state[told, i] },",
    ] {
      #expect(Self.source.contains(line))
    }
  }

  @Test(arguments: 1...4) func theModelWithoutAMistakeIsTheExample(importers: Int) throws {
    let report = try revocation(importers: importers).check()
    #expect(try revocation(importers: importers, .none).check() == report)
    #expect(report.verdict == .holds && report.isExhaustive)
    #expect(report.neverFired.isEmpty && report.neverHadAChance.isEmpty)
  }

  @Test func theExampleHasTheDocumentedCounts() throws {
    let report = try revocation(importers: 3).check()
    #expect(report.states == 153 && report.transitions == 560 && report.depth == 10)
    #expect(report.answers.map(\.outcome).filter { $0 == .holds }.count == 2)
  }
}
