import Charts
import Rules

/// A recording as a chart: what happened as rows, the objects before the first of them, and the map of the guest's memory.
///
/// Locks, jumps and waits stay in the recording and are not drawn.
public enum EventChart {
  public static func chart(of recording: Recording) -> Chart {
    let header = recording.header, result = recording.result
    let start = StartingPoint(header)
    var drawn = DrawnWorld(header.shape, start.places)
    var chart = Chart(title: "\(header.name) on \(header.platform)", resultLine: result.line)
    chart.header = facts(header)
    chart.objects = DrawnObject.objects(start.places)
    chart.maps = [MemoryMap("guest physical", drawn.regions())]

    let names = result.phases.isEmpty ? [""] : result.phases
    var phases = names.map { Phase($0) }
    for event in recording.events {
      // What a step that is not drawn has changed is shown with the next one that is.
      let painted = drawn.apply(event.changes)
      guard event.isStep || event.outcome == .violated else {
        drawn.hold(event.changes, painted)
        continue
      }
      let held = drawn.release()
      let row = row(event, of: recording, changes: held.changes + event.changes, memory: held.memory + painted)
      let place = phases.lastIndex { $0.name == event.phase } ?? phases.count - 1
      phases[place].rows.append(row)
    }
    chart.phases = phases.filter { !$0.rows.isEmpty }
    chart.notes = notes(recording)
    if header.kind == .counterexample { chart.headline = headline(recording) }
    return chart
  }

  /// One event as one line of plain text.
  public static func line(_ event: RecordedEvent) -> String {
    var text = "\(event.index)  \(event.actor)"
    if let peer = event.peer { text += " -> \(peer)" }
    text += "  \(event.call)"
    if let object = event.object { text += "  \(object)" }
    text += "  \(event.outcome.rawValue)"
    if let code = event.code, code != "-" { text += " \(code)" }
    if let guardID = event.guardID { text += " (\(guardID))" }
    if let property = event.property { text += " \(property)" }
    return text
  }

  private static func facts(_ header: RecordingHeader) -> [Fact] {
    var facts = [Fact("machine", header.shape.name), Fact("variant", header.host.variant), Fact("seed", String(header.seed))]
    facts.append(Fact("evidence:", header.evidence))
    for fault in header.faults { facts.append(Fact("fault", fault)) }
    for replacement in header.host.replacements { facts.append(Fact("procedure", "\(replacement.name)=\(replacement.source.file)")) }
    if header.kind == .counterexample {
      let bounds = header.bounds
      facts.append(Fact("world", "\(bounds.devices) devices, \(bounds.pages) pages, \(bounds.importers) importers"))
    }
    return facts
  }

  private static func headline(_ recording: Recording) -> Headline? {
    guard let property = recording.header.property else { return nil }
    var aside = ["\(recording.actionCount) steps"]
    if let id = recording.header.id { aside.append("id \(id)") }
    return Headline(property.broken, aside: aside)
  }

  private static func notes(_ recording: Recording) -> [Fact] {
    var notes: [Fact] = []
    for transfer in recording.result.transfers {
      let host = transfer.host
      notes.append(Fact("", "\(transfer.phase): \(transfer.bytes) bytes \(transfer.isPrivate ? "privately" : "shared"), sha256"))
      notes.append(Fact("", "  guest  \(transfer.guest)"))
      notes.append(Fact("", "  device \(transfer.device)"))
      notes.append(Fact("", "  host   \(host)"))
      if let failure = transfer.failure { notes.append(Fact("", "  failed: \(failure)")) }
    }
    for end in recording.result.ends { notes.append(Fact("as declared", end)) }
    for mismatch in recording.result.mismatches { notes.append(Fact("not as declared", mismatch)) }
    if let property = recording.header.property {
      notes.append(Fact("promise", property.sentence))
      notes.append(Fact("source", property.source))
      if let id = recording.header.id { notes.append(Fact("see it", "cofferdam replay \(id) --step")) }
    }
    return notes
  }

  private static func row(_ event: RecordedEvent, of recording: Recording, changes: [RecordedEvent.Change], memory: [MemoryChange]) -> Row {
    var row = Row(event.index, Lane(event.actor), event.peer.map { Lane($0) }, call: event.call, object: event.object)
    row.mark = Mark(rawValue: event.outcome.rawValue) ?? .ok
    row.detail = event.args.prefix(2).map { "\($0.key) \($0.values.first ?? "")" }.joined(separator: ", ")
    row.changes = changes.compactMap(DrawnObject.change)
    // Where the interface moves, that is what the row is about.
    if let moved = row.changes.first(where: { $0.field == "interface" || $0.field == "recorded" }) {
      row.changes.removeAll { $0 == moved }
      row.changes.insert(moved, at: 0)
      row.object = nil
    }
    row.memory = memory
    if let guardID = event.guardID {
      let entry = Guard(id: guardID)?.entry
      let code = event.code.flatMap { $0 == "-" ? nil : $0 }
      row.refusal = Refusal(code ?? word(event), guardName: guardID, source: entry?.source, declared: event.isDeclared)
    } else if event.outcome != .ok, event.outcome != .violated {
      row.refusal = Refusal(event.code ?? word(event), declared: event.isDeclared)
    }
    if event.outcome == .violated, let id = event.property, let property = Property(id: id) {
      row.remarks.append(Fact("breaks it", property.broken))
      row.remarks.append(Fact("source", property.source))
    }
    return row
  }

  private static func word(_ event: RecordedEvent) -> String { event.outcome == .ignored ? "ignored" : "refused" }
}

extension Recording {
  /// Actions after the set-up: the length of a counterexample.
  var actionCount: Int { events.count { $0.action != nil } }
}
