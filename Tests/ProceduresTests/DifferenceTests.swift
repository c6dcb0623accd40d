import Documents
import Rules
import Testing

import Procedures

@Suite struct DifferenceTests {
  private func set(reset steps: String) throws -> ProcedureSet {
    var set = try ProcedureSet()
    try set.replace("reset", with: ProcedureFile(Document(text: "procedure: reset\nsteps:\n\(steps)", file: "reset.yaml")))
    return set
  }

  private func steps(_ difference: ProcedureDifference?) throws -> (number: Int, left: String?, right: String?) {
    guard case .step(let number, let left, let right) = try #require(difference).place else {
      Issue.record("not at a step")
      return (0, nil, nil)
    }
    return (number, left?.text, right?.text)
  }

  @Test func theFirstStepThatDiffers() throws {
    let left = try set(reset: "  - {name: begin, do: lock memory}\n  - {do: kvm.zap-shared, each: page, if: page-shared}\n")
    let right = try set(reset: "\n  - {name: begin, do: lock memory}\n  - {do: kvm.zap-shared, each: page, error: ignore}\n  - do: unlock memory\n")
    let found = left.differences(from: right)
    #expect(found.map(\.procedure) == [.reset])
    let told = try steps(found.first)
    #expect(told.number == 2 && told.left == "do: kvm.zap-shared, each: page, if: page-shared")
    #expect(told.right == "do: kvm.zap-shared, each: page, error: ignore")
    #expect(left.differences(from: left) == [])
  }

  @Test func aFileThatEndsEarlier() throws {
    let left = try set(reset: "  - do: lock memory\n"), right = try set(reset: "  - do: lock memory\n  - {name: end, do: unlock memory}\n")
    let told = try steps(left.differences(from: right).first)
    #expect(told.number == 2 && told.left == nil && told.right == "name: end, do: unlock memory")
    #expect(try steps(right.differences(from: left).first).right == nil)
  }

  /// What is asked of a procedure is not the same where its steps are.
  @Test func whatItIsThereFor() throws {
    let plain = try set(reset: "  - do: lock memory\n"), idle = try set(reset: "  - do: lock memory\npurpose: none\n")
    #expect(plain.differences(from: idle).map(\.place) == [.purpose(isNoneOnTheLeft: false)])
    #expect(idle.differences(from: plain).map(\.place) == [.purpose(isNoneOnTheLeft: true)])
    #expect(idle.differences(from: idle) == [])
    let other = try set(reset: "  - do: unlock memory\npurpose: none\n")
    #expect(try steps(plain.differences(from: other).first).number == 1)
  }

  /// Where a step stands in its file is no difference, and what it does is told as the file would write it.
  @Test func everyBuiltInStepIsTold() throws {
    for variant in ProcedureSet.variantNames {
      for file in try ProcedureSet(variant: variant).files {
        let steps = file.steps.map { "  - {\($0.text)}\n" }.joined()
        let again = try ProcedureFile(Document(text: "procedure: \(file.procedure.id)\nsteps:\n\(steps)", file: "x"))
        #expect(again.steps.count == file.steps.count && zip(again.steps, file.steps).allSatisfy { $0.isSame(as: $1) }, "\(steps)")
      }
    }
  }
}
