/// A violation before its path was walked.
struct Finding {
  var property: UInt8
  var kind: Violation.Kind
  /// The last state of the path that is surely stored.
  var from: Int
  /// The mark of the step behind `from`: nil when the path ends there.
  var label: UInt32?
  /// Steps.
  var length: Int
  /// The state at the end of the path.
  var words: [UInt64]
}

extension Explorer {
  /// Keeps a finding if it is the first of its property, or shorter than that. False when the search is over.
  mutating func note(_ finding: Finding) -> Bool {
    if let known = findings.firstIndex(where: { $0.property == finding.property }) {
      // Within a level a state without successors may come after a step that is one longer.
      if finding.length < findings[known].length { findings[known] = finding }
    } else {
      findings.append(finding)
    }
    return !stopsAtFirst
  }

  @inline(never) mutating func settleStep(_ words: UnsafePointer<UInt64>, _ mark: UInt64, from: Int) -> Bool {
    note(finding(words, UInt8(truncatingIfNeeded: mark &>> 32), .step, from, UInt32(truncatingIfNeeded: mark), depth + 1))
  }

  /// For a state that was stored just now, as the successor `words` of `from`.
  @inline(never) mutating func settleState(_ words: UnsafePointer<UInt64>, _ verdict: UInt8, from: Int) -> Bool {
    note(finding(words, verdict, .state, store.count - 1, nil, depth + 1))
  }

  @inline(never) mutating func settleQuiescent(_ index: Int) -> Bool {
    let words = store.state(index, width)
    let verdict = system.quiescent?(words) ?? 0
    return verdict == 0 || note(finding(words, verdict, .quiescence, index, nil, depth))
  }

  private func finding(
    _ words: UnsafePointer<UInt64>, _ property: UInt8, _ kind: Violation.Kind, _ from: Int, _ label: UInt32?, _ length: Int
  ) -> Finding {
    Finding(
      property: property, kind: kind, from: from, label: label, length: length,
      words: Array(UnsafeBufferPointer(start: words, count: width)))
  }

  /// A search that stops at a step or a new state has found a path one longer than this level; a state of the level that
  /// has no successors would be a shorter one. Looks through the rest of the level for it. Counts stay as they are.
  mutating func preferQuiescence(upTo levelEnd: Int, _ successors: inout Successors) {
    guard stopsAtFirst, let found = findings.first, found.kind != .quiescence, system.quiescent != nil else { return }
    for index in head..<max(levelEnd, head) {
      successors.removeAll()
      system.expand(store.state(index, width), &successors)
      guard successors.isEmpty, let verdict = system.quiescent?(store.state(index, width)), verdict != 0 else { continue }
      findings = [finding(store.state(index, width), verdict, .quiescence, index, nil, depth)]
      return
    }
  }
}
