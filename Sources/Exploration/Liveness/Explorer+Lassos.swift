extension Explorer {
  /// Labels for a lasso that was found as states and edges. Labels are not stored: each state on the way is expanded again.
  /// - Returns: nil when a state does not lead to the next any more.
  func lasso(_ found: LassoSearch.Found, _ graph: StepGraph, isShortest: Bool) -> Lasso? {
    guard let source = found.way.first else { return nil }
    let stemStates = ancestry(of: source) + found.way.dropFirst()
    var successors = Successors(width: width)
    var stem: [UInt32] = []
    for (from, to) in zip(stemStates, stemStates.dropFirst()) {
      guard let label = label(from, to, &successors, where: { _ in true }) else { return nil }
      stem.append(label)
    }
    var states = stemStates
    var cycle: [UInt32] = []
    for edge in found.cycle {
      let kind = graph.targetKinds.base[edge]
      let target = Int(graph.targets.base[edge])
      // The kind decides which constraints the step takes, so any label of that kind will do, and no other.
      guard let from = states.last, let label = label(from, target, &successors, where: { graph.kinds.kind(of: $0) == kind })
      else { return nil }
      cycle.append(label)
      states.append(target)
    }
    if !found.cycle.isEmpty { states.removeLast() }
    return Lasso(stem: stem, cycle: cycle, states: states, isShortest: isShortest)
  }

  /// The states by which `index` was found first, from the initial one on, itself included.
  func ancestry(of index: Int) -> [Int] {
    var states = [index]
    var at = index
    while at != 0 {
      at = Int(store.parent[at])
      states.append(at)
    }
    return states.reversed()
  }

  private func label(_ from: Int, _ to: Int, _ successors: inout Successors, where isWanted: (UInt32) -> Bool) -> UInt32? {
    successors.removeAll()
    system.expand(store.state(from, width), &successors)
    let state = store.state(to, width)
    for i in 0..<successors.count where isWanted(successors.label(at: i)) {
      let words = successors.words(at: i)
      if (0..<width).allSatisfy({ words[$0] == state[$0] }) { return successors.label(at: i) }
    }
    return nil
  }
}
