import Models
import Primitives

extension UnsaidSteps.Kind {
  /// - Parameter isWhole: all states were seen. The files alone tell what was left out or added.
  func headline(of list: ProcedureSteps, isWhole: Bool) -> String {
    let soFar = isWhole ? "" : " so far"
    return switch self {
    case .leftOut: "left out of \(list.procedure.id)"
    case .added: "beyond the variant's \(list.procedure.id)"
    case .withoutEffect: "without effect\(soFar) in \(list.procedure.id)"
    case .neverRefused: "never refused\(soFar) in \(list.procedure.id)"
    case .neverBusy: "never busy\(soFar) in \(list.procedure.id)"
    }
  }
}

extension UnsaidSteps {
  func json(_ kind: Kind) -> JSONValue { .object(self[kind].map { JSONValue.Member($0.procedure.id, JSONValue($0.steps)) }) }
}
