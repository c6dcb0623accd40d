import Exploration
import Rules

/// Steps about which a model in which nothing breaks says nothing, or less than it seems to.
public struct UnsaidSteps: Hashable, Sendable {
  public enum Kind: String, CaseIterable, Sendable { case leftOut, added, withoutEffect, neverRefused, neverBusy }

  private var lists: [Kind: [ProcedureSteps]] = [:]

  /// Without a search that could say more: what the files alone tell.
  init(of model: Model) { lists = [.leftOut: model.leftOut, .added: model.added] }

  init(of model: Model, in explorer: borrowing Explorer) {
    self.init(of: model)
    lists[.withoutEffect] = explorer.stepsWithoutEffect(of: model)
    lists[.neverRefused] = explorer.stepsNeverRefused(of: model)
    lists[.neverBusy] = explorer.stepsNeverBusy(of: model)
  }

  public subscript(_ kind: Kind) -> [ProcedureSteps] { lists[kind] ?? [] }

  /// Those of `kind` that are not among the other's: a procedure's steps without those that both have.
  public func steps(_ kind: Kind, notIn other: UnsaidSteps) -> [ProcedureSteps] {
    self[kind].compactMap { own in
      let theirs = other[kind].first { $0.procedure == own.procedure }?.names ?? []
      let names = own.names.filter { name in !theirs.contains { $0.isSame(as: name) } }
      return names.isEmpty ? nil : ProcedureSteps(procedure: own.procedure, names: names)
    }
  }
}
