extension Explorer {
  /// The labels of the steps along which state `index` was found first: a shortest way there. Labels are not stored;
  /// each state on the way is expanded again. Of several steps between two states, the first label is given.
  /// - Returns: nil when a state does not lead to the next any more: `expand` is not a function of its state.
  public borrowing func path(to index: Int) -> [UInt32]? {
    precondition(index >= 0 && index < store.count, "no such state")
    var labels: [UInt32] = []
    var successors = Successors(width: width)
    var child = index
    while child != 0 {
      let from = Int(store.parent[child])
      successors.removeAll()
      system.expand(store.state(from, width), &successors)
      guard let label = label(in: successors, to: store.state(child, width)) else { return nil }
      labels.append(label)
      child = from
    }
    return labels.reversed()
  }

  private borrowing func label(in successors: borrowing Successors, to state: UnsafePointer<UInt64>) -> UInt32? {
    for i in 0..<successors.count {
      let words = successors.words(at: i)
      if (0..<width).allSatisfy({ words[$0] == state[$0] }) { return successors.label(at: i) }
    }
    return nil
  }

  func report() -> SearchReport {
    var end = end ?? .incomplete(.interrupted)
    var violations: [Violation] = []
    for finding in findings {
      guard var path = path(to: finding.from) else {
        end = .incomplete(.unrepeatable)
        continue
      }
      if let label = finding.label { path.append(label) }
      violations.append(Violation(property: finding.property, kind: finding.kind, path: path, state: finding.words))
    }
    return SearchReport(
      end: end, violations: violations, states: store.count, transitions: tally.transitions, depth: depth,
      peakBytes: store.bytes, width: width, firedLabels: Array(tally.fired.dropLast()),
      unlistedLabels: tally.fired.last ?? 0, liveness: judgement)
  }
}
