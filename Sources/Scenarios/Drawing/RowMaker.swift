import Charts
import Machine
import Rules

/// Events as rows: what to show of each, and which are one.
struct RowMaker {
  let header: RecordingHeader
  let showsAll: Bool
  /// Changes of events that are not rows: they belong to the next row, so that a history misses nothing.
  private var pending: (changes: [Change], memory: [MemoryChange]) = ([], [])
  private var first: Int?

  init(_ header: RecordingHeader, showsAll: Bool) { (self.header, self.showsAll) = (header, showsAll) }

  mutating func row(for event: RecordedEvent, _ changes: [Change], _ memory: [MemoryChange]) -> Row? {
    if first == nil { first = event.index }
    guard event.isStep ? showsAll || isWorthARow(event, changes) : tellsWhoWaits(event) else {
      pending.changes += changes
      pending.memory += memory
      return nil
    }
    var row = Row(
      header.number(of: event, first: first ?? 0), Lane(event.actor), event.peer.map { Lane($0) }, call: event.call,
      mark: Mark(rawValue: event.outcome.rawValue) ?? .ok)
    row.changes = changes + pending.changes
    row.memory = pending.memory + memory
    pending = ([], [])
    row.detail = detail(of: event)
    row.object = object(of: event, changes)
    row.refusal = refusal(of: event)
    if header.kind == .run, let property = event.property.flatMap({ Property(id: $0) }) {
      row.remarks += [Fact("breaks", property.sentence), Fact("source", property.source)]
    }
    if event.changes.contains(where: { $0.place == "vmLife" && $0.after == "dead" }), let end = event.changes.first(where: { $0.place == "vmEnd" }) {
      if end.after != "owner" {
        row.remarks.append(
          Fact(
            "VM lost", end.after == "machineCheck" ? "a machine check: the guest met a poisoned line" : "KVM_BUG_ON: a call failed that must not fail"
          ))
        if row.mark == .ok { row.mark = .fault }
      }
    }
    return row
  }

  /// Locks are drawn where somebody waits for one; the step that breaks the property is drawn whatever it is.
  private func tellsWhoWaits(_ event: RecordedEvent) -> Bool {
    guard header.kind == .counterexample else { return false }
    return event.outcome == .violated || (Waiting.isShown(by: header.claim) && Waiting.isLock(event))
  }

  /// A step of a procedure that changed nothing that is shown, and the end of an access, are left out.
  private func isWorthARow(_ event: RecordedEvent, _ changes: [Change]) -> Bool {
    if event.outcome != .ok { return true }
    if event.call == "MMIO complete" { return header.kind == .counterexample }
    if event.action?.hasPrefix("advance") == true { return !changes.isEmpty }
    if event.action?.hasPrefix("request relay") == true { return header.kind == .counterexample }
    return true
  }

  private func detail(of event: RecordedEvent) -> String {
    if let note = event.argument("note") { return note }
    if Waiting.isShown(by: header.claim), event.isBookkeeping, let task = Waiting.task(of: event) { return task }
    if let digest = event.argument("sha256") { return "sha256 \(digest.prefix(8))…" }
    let stores = event.args.filter { $0.key.hasPrefix("store") }.count, loads = event.args.filter { $0.key.hasPrefix("load") }.count
    if stores > 1 { return "\(stores) stores" }
    if loads > 1 { return "\(loads) loads" }
    if let who = event.argument("refused-by") { return "by \(who)" }
    if let evidence = event.argument("evidence") { return "evidence: \(evidence)" }
    return ""
  }

  /// What it is about: the page or address; for a device as a whole, what changed says more than its name.
  private func object(of event: RecordedEvent, _ changes: [Change]) -> String? {
    guard let object = event.object else { return nil }
    guard let device = header.shape.devices.first(where: { object.hasPrefix($0.id) }) else { return object }
    if object == device.id { return changes.isEmpty ? shortAddress(device.id) : nil }
    return header.shape.devices.count == 1 ? String(object.dropFirst(device.id.count + 1)) : shortAddress(object)
  }

  private func refusal(of event: RecordedEvent) -> Refusal? {
    guard let id = event.guardID, let found = Guard(id: id) else {
      // What a call returned that was carried out is no refusal.
      return event.outcome == .ok ? nil : event.code.map { Refusal($0, declared: event.isDeclared) }
    }
    let code = found.entry.code == "-" ? "" : found.entry.code
    let what =
      switch event.outcome {
      case .ignored: code.isEmpty ? "nothing comes back" : code
      case .fault: code.isEmpty ? "stopped" : "rejected: \(code)"
      default: code.isEmpty ? "refused" : code
      }
    return Refusal(what, guardName: id, source: found.entry.source, declared: event.isDeclared)
  }

  /// The same call for the next page is the same row, with a count.
  func merged(_ last: Row, _ next: Row) -> Row? {
    guard header.kind == .run, last.mark == .ok, next.mark == .ok, last.refusal == nil, next.refusal == nil, last.from == next.from,
      last.to == next.to,
      last.call == next.call, last.remarks.isEmpty, next.remarks.isEmpty, next.detail.isEmpty, last.object != nil, next.object != nil,
      last.detail.isEmpty || last.detail.hasPrefix("×")
    else { return nil }
    var row = last
    let count = Int(last.detail.dropFirst()) ?? 1
    row.detail = "×\(count + 1)"
    row.changes += next.changes
    row.memory += next.memory
    return row
  }
}

extension RecordingHeader {
  /// The number under which an event is shown: a counterexample's are counted from one, a run's as in its recording.
  /// - Parameter first: the first event's own number.
  func number(of event: RecordedEvent, first: Int) -> Int { kind == .run ? event.index : event.index - first + 1 }
}
