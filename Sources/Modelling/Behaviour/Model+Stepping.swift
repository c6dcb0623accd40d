extension Model {
  /// The names of the actions that are possible in a state, in the order of their declaration: `map(0)`, `revoke`.
  public func possible(in state: State) -> [String] {
    labels.filter { actions[$0.action].attempt($0.instance, state) != nil }.map { actions[$0.action].instances[$0.instance] }
  }

  /// The state after an action, by the name under which runs print it. Nil if there is no such action, if its guard says no, or if
  /// it writes a value that its field does not have.
  ///
  /// With this a test can walk wherever it wants, and follow a run: `run.steps` begin in ``initial``.
  public func state(after action: String, in state: State) -> State? {
    for label in labels where actions[label.action].instances[label.instance] == action {
      return actions[label.action].attempt(label.instance, state).flatMap { $0.refusal == nil ? $0 : nil }
    }
    return nil
  }

  /// The values in which two states differ, in the order of the fields.
  public func changes(from before: State, to after: State) -> [Run.Change] {
    columns.flatMap { column in
      (0..<column.place.count).compactMap { i in
        let (old, new) = (before.code(column.place, i), after.code(column.place, i))
        let index = column.isIndexed ? i : nil
        return old == new ? nil : Run.Change(field: column.name, index: index, before: column.value(old), after: column.value(new))
      }
    }
  }
}
