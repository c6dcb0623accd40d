extension Explorer {
  /// Judges infinite behaviours, after the search.
  func judge(_ liveness: Liveness) -> LivenessReport {
    var report = LivenessReport(outcomes: [], sometimes: sightings(of: liveness), edges: 0, peakBytes: 0)
    let shortfall: Incompleteness?
    switch end {
    case .exhausted: shortfall = nil
    case .incomplete(let reason): shortfall = reason
    case .stoppedAtViolation: shortfall = .stopped
    case nil: shortfall = .interrupted
    }
    // Beyond a limit, what was expanded is worth a look. Who interrupts, or has no memory left, wants no more work.
    if shortfall == nil || shortfall == .limit {
      judge(liveness, shortfall, &report)
    } else {
      report.outcomes = liveness.properties.map { _ in .incomplete(shortfall ?? .interrupted) }
    }
    return report
  }

  private func judge(_ liveness: Liveness, _ shortfall: Incompleteness?, _ report: inout LivenessReport) {
    guard !liveness.properties.isEmpty else { return }
    func giveUp(_ reason: Incompleteness) { report.outcomes += liveness.properties[report.outcomes.count...].map { _ in .incomplete(reason) } }
    // Half of the numbers name components.
    guard head < Int(FairComponents.fair) else { return giveUp(.indices) }
    let (room, interrupt) = (options.memory.map { $0 - store.bytes }, options.interrupt)
    func pause(_ bytes: Int) -> Incompleteness? {
      if interrupt?() == true { return .interrupted }
      if let room, bytes > room { return .memory }
      return nil
    }
    if let reason = pause(PageArray<UInt32>.touched(store.count)) { return giveUp(reason) }
    guard
      let graph = StepGraph(
        liveness, labelCount: system.labelCount, stored: store.count, states: head, transitions: Int(clamping: tally.transitions))
    else { return giveUp(.memory) }
    let gap = fill(graph, liveness, isWhole: shortfall == nil, pause)
    let graphBytes = graph.bytes(expanded: head)
    (report.edges, report.peakBytes) = (graph.edgeCount, graphBytes)
    if let gap { return giveUp(gap) }
    guard let arrays = JudgeArrays(states: head) else { return giveUp(.memory) }
    for property in liveness.properties {
      let outcome = judge(property, graph, arrays, shortfall, room: room.map { $0 - graphBytes }) { pause(graphBytes + $0) }
      report.outcomes.append(outcome)
      report.peakBytes = graphBytes + arrays.bytes
      // Whoever interrupts does not want to say so for each property.
      if outcome == .incomplete(.interrupted) { return giveUp(.interrupted) }
    }
  }

  private func fill(
    _ graph: StepGraph, _ liveness: Liveness, isWhole: Bool, _ pause: (_ bytes: Int) -> Incompleteness?
  ) -> Incompleteness? {
    let crew = Crew(members: options.threads)
    defer { crew.close() }
    graph.askFacts(liveness, store.reader, width: width, crew)
    return graph.make(workers, store.reader, width: width, isWhole: isWhole, crew, pause: pause)
  }

  private func judge(
    _ property: LivenessProperty, _ graph: StepGraph, _ arrays: JudgeArrays, _ shortfall: Incompleteness?,
    room: Int?, _ pause: @escaping (_ bytes: Int) -> Incompleteness?
  ) -> LivenessOutcome {
    let region = property.region
    if let reason = pause(arrays.fixedBytes) { return .incomplete(reason) }
    var components = FairComponents(graph, region, arrays, pause: pause)
    if let reason = components.find() { return .incomplete(reason) }
    guard components.isViolated else {
      if let shortfall { return .incomplete(shortfall) }
      if case .leadsTo(let trigger, _) = property, !components.hasSource, !graph.isEver(trigger) { return .vacuous }
      return .holds
    }
    arrays.hasLasso = true
    if let reason = pause(arrays.bytes) { return .incomplete(reason) }
    let points = room.map { max(0, $0 - arrays.bytes) / CycleSearch.bytesPerPoint } ?? .max
    var isInterrupted = false
    var search = LassoSearch(graph, region, arrays, levels: levels, points: points) {
      isInterrupted = isInterrupted || pause(0) == .interrupted
      return isInterrupted
    }
    search.find()
    if isInterrupted { return .incomplete(.interrupted) }
    guard let found = search.best, let lasso = lasso(found, graph, isShortest: search.isShortest && shortfall == nil) else {
      return .incomplete(.unrepeatable)
    }
    return .violated(lasso)
  }

  private func sightings(of liveness: Liveness) -> [Sighting] {
    var first: [Int: Int] = [:]
    var open = liveness.sometimes.reduce(0 as UInt32) { $0 | 1 << UInt32($1) }
    var index = 0
    while open != 0, index < store.count {
      let now = liveness.facts(store.state(index, width)) & open
      for fact in 0..<Liveness.maximumFacts where now >> UInt32(fact) & 1 == 1 { first[fact] = index }
      open &= ~now
      index += 1
    }
    return liveness.sometimes.map { fact in
      first[fact].map { .seen(state: $0, depth: ancestry(of: $0).count - 1) } ?? (end == .exhausted ? .never : .notYet)
    }
  }
}

extension StepGraph {
  /// Whether a fact holds in any stored state.
  func isEver(_ fact: Int) -> Bool { (0..<facts.count).contains { facts.base[$0] >> UInt32(fact) & 1 == 1 } }
}
