import Exploration
import Foundation
import Models
import Procedures
import Rules
import Testing

/// `docs/ownership.md` says what each design of who owns bind comes to; here it is asked.
@Suite struct OwnershipTests {
  private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL

  /// A column of the page's table, the lengths of paths by property.
  private func column(_ title: String) throws -> [String: Int] {
    let page = try String(contentsOf: Self.package.appending(path: "docs/ownership.md"), encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") }.map {
      $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let head = try #require(rows.first { $0.first == "property" }), at = try #require(head.firstIndex(of: title))
    var lengths: [String: Int] = [:]
    for row in rows where row.count == head.count && row[0].hasPrefix("`") && !row[0].hasSuffix("(promise)") {
      lengths[row[0].filter { $0 != "`" }] = row[at] == "holds" ? nil : Int(row[at].drop { $0 == "*" }.prefix { $0.isNumber })
    }
    return lengths
  }

  private func model(_ design: String, asking properties: [Property]?) throws -> Model {
    var procedures = try ProcedureSet()
    for name in ["reset", "memory-off", "power-down"] {
      try procedures.replace(name, withFile: Self.package.appending(path: "Examples/Ownership/\(design)/\(name).yaml").path)
    }
    return try Model(.privateMMIO, procedures: procedures, bounds: withImporter, properties: properties)
  }

  /// In a debug build the beginning alone, which holds the one that waits for ever.
  @Test(arguments: [("asks under its lock", "asks-under-memory-lock"), ("asks before", "asks-before"), ("asks again", "asks-again")])
  func thePageIsTrue(title: String, design: String) throws {
    let lengths = try column(title)
    #expect(lengths.count == ["asks-under-memory-lock": 1, "asks-before": 3, "asks-again": 0][design])
    // Whatever is asked alone keeps its path; asked together the shortest is found, or nothing.
    for asked in lengths.keys.map({ id in Property.allCases.filter { $0.id == id } }) + [nil] {
      let check = try check(model(design, asking: asked), limit: stateLimit)
      if case .incomplete = check.verdict, !isOptimised { continue }
      let expected = if let asked { asked.first.flatMap { lengths[$0.id] } } else { lengths.values.min() }
      #expect(check.counterexample?.actions.count == expected, "\(design): \(asked?.first?.id ?? "all")")
      #expect(check.verdict != .holds || expected == nil)
    }
  }
}
