import Exploration
import Testing

/// The engine against sets and arrays on graphs that nobody has seen.
@Suite struct RandomGraphTests {
  @Test(arguments: Array(0..<40) as [UInt64]) func countsAgree(seed: UInt64) throws {
    let system = randomGraph(seed: seed, nodes: 40 + seed * seed, width: Int(seed % 6) + 1)
    #expect(agree(try explore(system, SearchOptions(threads: Int(seed % 2) + 1)), NaiveSearch(system)))
  }

  @Test(arguments: Array(0..<40) as [UInt64]) func theFirstViolationIsAShortest(seed: UInt64) throws {
    let system = randomGraph(seed: seed &* 77, nodes: 60 + seed * seed, width: Int(seed % 4) + 1, violations: true)
    let naive = NaiveSearch(system)
    let report = try explore(system)
    #expect(report.violations.count == (naive.first == nil ? 0 : 1))
    #expect(report.violations.first?.property == naive.first?.property)
    #expect(report.violations.first?.kind == naive.first?.kind)
    #expect(report.violations.first?.path.count == naive.first?.path.count)
    if let violation = report.violations.first, violation.kind != .step {
      #expect(walk(violation.path, system) == violation.state)
    }
  }

  @Test(arguments: Array(0..<40) as [UInt64]) func theFirstPathOfEachPropertyIsAShortest(seed: UInt64) throws {
    let system = randomGraph(seed: seed &* 131, nodes: 60 + seed * seed, width: Int(seed % 4) + 1, violations: true)
    let naive = NaiveSearch(system)
    let report = try explore(system, SearchOptions(stopAtFirst: false))
    #expect(agree(report, naive))
    for property in [5, 7, 9] as [UInt8] {
      let found = report.violations.filter { $0.property == property }
      #expect(found.count == (naive.first(of: property) == nil ? 0 : 1))
      #expect(found.first?.path.count == naive.first(of: property)?.path.count)
      #expect(found.first?.kind == naive.first(of: property)?.kind)
    }
  }
}
