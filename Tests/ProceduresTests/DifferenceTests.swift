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

  @Test func theFirstStepThatDiffers() throws {
    let left = try set(reset: "  - {name: begin, do: lock memory}\n  - {do: kvm.zap-shared, each: page, if: page-shared}\n")
    let right = try set(reset: "\n  - {name: begin, do: lock memory}\n  - {do: kvm.zap-shared, each: page, error: ignore}\n  - do: unlock memory\n")
    let found = left.differences(from: right)
    #expect(found.map(\.procedure) == [.reset] && found.first?.step == 2)
    #expect(found.first?.left?.text == "do: kvm.zap-shared, each: page, if: page-shared")
    #expect(found.first?.right?.text == "do: kvm.zap-shared, each: page, error: ignore")
    #expect(left.differences(from: left) == [])
  }

  @Test func aFileThatEndsEarlier() throws {
    let left = try set(reset: "  - do: lock memory\n"), right = try set(reset: "  - do: lock memory\n  - {name: end, do: unlock memory}\n")
    let found = try #require(left.differences(from: right).first)
    #expect(found.step == 2 && found.left == nil && found.right?.text == "name: end, do: unlock memory")
    #expect(right.differences(from: left).first?.right == nil)
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
