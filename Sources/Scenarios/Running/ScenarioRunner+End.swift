import Rules

/// Whether the run came to the end that was declared.
extension ScenarioRunner {
  mutating func judgeEnd() {
    let world = machine.world
    func judge(_ run: inout Run, _ sentence: String, _ holds: Bool, _ found: String) {
      if holds { run.ends.append(sentence) } else { run.mismatches.append("expected \(sentence), found \(found)") }
    }
    if let vm = end.vm { judge(&run, "vm \(vm.rawValue)", world.life == vm, world.life.rawValue) }
    if let by = end.by { judge(&run, "its end by \(by.rawValue)", world.vmEnd.killer == by, world.vmEnd.killer?.rawValue ?? "nobody") }
    if let code = end.code {
      judge(&run, "the code \(code)", run.events.contains { $0.code == code }, "codes " + codes.joined(separator: ", "))
    }
    if !end.violates.isEmpty {
      let names = end.violates.map(\.id).joined(separator: " or ")
      judge(&run, "a violation of \(names)", run.violation.map { end.violates.contains($0.property) } ?? false, run.violation?.property.id ?? "none")
    }
    for word in end.refused {
      judge(
        &run, "a refusal by \(word)", run.events.contains { $0.outcome != .ok && ($0.guardID == word || $0.code == word) },
        "codes " + codes.joined(separator: ", "))
    }
    for state in end.states {
      let place = state.place(in: machine.book.bounds, machine.book.parameters) ?? state.index
      let found = state.field.text(world[state.field, place])
      judge(&run, "\(state.name) \(state.text)", found == state.text, found)
    }
    if let agree = end.digestsAgree {
      let found = run.transfers.allSatisfy(\.agrees) && !run.transfers.isEmpty
      judge(&run, "digests that \(agree ? "agree" : "differ")", found == agree, digestsInWords)
    }
    if let released = end.released {
      let left = world.leftovers(machine.book)
      judge(
        &run, released ? "everything released" : "something not released", left.isEmpty == released,
        left.isEmpty ? "nothing left" : left.joined(separator: ", "))
    }
  }

  private var codes: [String] {
    run.events.reduce(into: []) { codes, event in if let code = event.code, event.isStep, !codes.contains(code) { codes.append(code) } }
  }

  private var digestsInWords: String {
    run.transfers.isEmpty ? "no transfer" : run.transfers.map { $0.failure ?? ($0.agrees ? "agreeing" : "differing") }.joined(separator: ", ")
  }
}

extension VirtualMachineEnd {
  var killer: ScenarioEnd.Killer? {
    switch self {
    case .none: nil
    case .kvm: .kvm
    case .machineCheck: .machineCheck
    case .owner: .owner
    }
  }
}

extension TableWorld {
  var life: ScenarioEnd.Life {
    switch vmLife {
    case .absent: .absent
    case .building, .runnable: .alive
    case .dead, .blocked, .writtenBack, .tornDown: .dead
    case .released: .released
    }
  }

  /// What a world that is through with everything must not contain, in words.
  func leftovers(_ book: Rulebook) -> [String] {
    var left: [String] = []
    if vmLife != .absent, vmLife != .released { left.append("vmLife \(vmLife)") }
    for t in 0..<Bounds.tasks where !isIdle(t) { left.append("task \(t) is inside a procedure") }
    for d in 0..<book.bounds.devices {
      let flags: [Field] = [.isOpen, .hostMapping, .isBound, .holdsVM, .viommuExists, .bufferIsExported, .contextIsCached]
      for field in flags where flag(field, d) { left.append("\(field) \(d)") }
      if self[session: d] != .none { left.append("session \(d)") }
      if self[stream: d] != .absent { left.append("stream \(d)") }
      if self[bindingOwner: d] != .none { left.append("bindingOwner \(d)") }
      if self[dmar: d] != .free { left.append("dmar \(d)") }
      if self[interface: d] != .configUnlocked { left.append("interface \(d)") }
      for p in 0..<book.bounds.pages where self[entry: d, p] != .free || self[mirror: d, p] || self[isShared: d, p] || self[metadata: d, p] != .absent
      {
        left.append("page \(d)/\(p)")
      }
    }
    for m in 0..<book.bounds.memory where self[memoryEntry: m] != .free || self[.memoryIOTLB, Int(m)] != 0 { left.append("memory \(m)") }
    for i in 0..<book.bounds.importers where self[importer: i] == .mapped { left.append("importer \(i)") }
    return left
  }
}
