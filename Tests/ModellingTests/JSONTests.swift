import Foundation
import Modelling
import Testing

private enum Lock: CaseIterable, Equatable {
  case free
  case held(by: Int)
  static var allCases: [Lock] { [.free, .held(by: 0), .held(by: 1)] }
}

/// The report as JSON, read back by somebody else.
@Suite struct JSONTests {
  private static let sentence = "nobody says \"mine\" twice → ever"

  private func model() throws -> Model {
    var schema = Schema()
    let lock = schema.field("lock", initially: Lock.free)
    let times = schema.field("times", count: 2, in: -1...1, initially: -1)
    let over = schema.field("over", initially: false)
    return try Model("lock", schema) {
      Action(
        "take", each: 0..<2, when: { state, i in state[lock] == .free },
        then: { state, i in
          state[lock] = .held(by: i)
          state[times, i] += 1
        })
      Action(
        "drop", fairness: .strong, when: { $0[lock] != .free },
        then: {
          $0[lock] = .free; $0[over] = true
        })
      Property.always(Self.sentence) { !$0[times].contains(1) }
      Property.eventually("it is over") { $0[over] }
    }
  }

  private func read(_ report: Report) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
  }

  @Test func aViolation() throws {
    let report = try model().check()
    let json = try read(report)
    #expect(json["verdict"] as? String == "violated" && json["property"] as? String == Self.sentence && json["model"] as? String == "lock")
    #expect(json["states"] as? Int == report.states && json["transitions"] as? Int == Int(report.transitions))
    #expect(json["exhaustive"] as? Bool == false && json["depth"] as? Int == report.depth && json["peakBytes"] as? Int == report.peakBytes)
    let answers = try #require(json["answers"] as? [[String: Any]])
    #expect(answers.map { $0["outcome"] as? String } == ["violated", "undecided"])
    #expect(answers[1]["reason"] as? String == "stopped-at-violation" && answers[1]["run"] == nil)
    let run = try #require(answers[0]["run"] as? [String: Any])
    let beginning = try #require(run["beginning"] as? [[String: Any]])
    #expect(beginning.map { $0["field"] as? String } == ["lock", "times", "over"])
    #expect(beginning[1]["count"] as? Int == 2 && beginning[1]["value"] as? Int == -1 && beginning[2]["value"] as? Bool == false)
    let steps = try #require(run["steps"] as? [[String: Any]])
    #expect(steps.map { $0["action"] as? String } == ["take(0)", "drop", "take(0)"])
    let changes = try #require(steps[0]["changes"] as? [[String: Any]])
    #expect(changes[0]["before"] as? String == "free" && changes[0]["after"] as? String == "held(by: 0)" && changes[0]["index"] == nil)
    #expect(changes[1]["index"] as? Int == 0 && changes[1]["before"] as? Int == -1 && changes[1]["after"] as? Int == 0)
    #expect(run["end"] as? String == "there" && run["shortest"] as? Bool == true)
  }

  @Test func aLasso() throws {
    let json = try read(try model().check(CheckOptions(stopsAtFirst: false)))
    let answers = try #require(json["answers"] as? [[String: Any]])
    #expect(answers.map { $0["outcome"] as? String } == ["violated", "violated", "violated"])
    #expect(answers.map { $0["kind"] as? String } == ["always", "eventually", "in-range"])
    #expect((answers[1]["run"] as? [String: Any])?["end"] as? String == "stands-still")
    let steps = try #require((answers[2]["run"] as? [String: Any])?["steps"] as? [[String: Any]])
    let refused = try #require(steps.last?["refused"] as? [String: Any])
    #expect(refused["field"] as? String == "times" && refused["number"] as? Int == 2 && refused["range"] as? String == "-1...1")
  }

  @Test func aCycle() throws {
    let json = try read(try revocation(importers: 1, .tellsBetweenUses).check())
    let run = try #require((json["answers"] as? [[String: Any]])?.last?["run"] as? [String: Any])
    #expect(run["end"] as? String == "repeats" && run["repeatsFrom"] as? Int == 2 && (run["steps"] as? [Any])?.count == 4)
  }

  @Test func theSameTextEachTime() throws {
    #expect(try model().check().json == model().check().json)
    #expect(try revocation(importers: 2).check(CheckOptions(threads: 2)).json == revocation(importers: 2).check().json)
  }
}
