import Charts
import Rules

/// Recordings as charts: for runs and for counterexamples.
///
/// The chart leaves out what moves nothing that a reader asks for: locks, jumps, waits, steps without a change. A recording
/// keeps them.
public enum EventChart {
  /// - Parameter showsAll: every event that is a step, and none merged.
  public static func chart(of recording: Recording, showsAll: Bool = false) -> Chart {
    let header = recording.header
    let beginning = try? header.beginning()
    var fallback = TableWorld(bounds: header.bounds)
    fallback.begin()
    var world = ChartWorld(header.shape, beginning?.world ?? fallback)
    let (objects, maps) = (world.objects, world.maps)
    var maker = RowMaker(header, showsAll: showsAll)
    var phases: [Phase] = []
    for phase in recording.result.phases.isEmpty ? [""] : recording.result.phases where !phases.contains(where: { $0.name == phase }) {
      phases.append(Phase(phase))
    }
    for event in recording.events {
      let (changes, memory) = world.apply(event)
      guard let row = maker.row(for: event, changes, memory) else { continue }
      let name = header.claim?.phase(ofStep: row.index) ?? event.phase
      let i = phases.firstIndex { $0.name == name } ?? phases.count
      if i == phases.count { phases.append(Phase(name)) }
      if !showsAll, let last = phases[i].rows.indices.last, let merged = maker.merged(phases[i].rows[last], row) {
        phases[i].rows[last] = merged
      } else {
        phases[i].rows.append(row)
      }
    }
    phases = phases.filter { !$0.rows.isEmpty }.map { showsAll ? $0 : $0.shortened }
    var chart = Chart(
      title: "\(header.name) on \(header.platform)", header: facts(header), phases: phases, objects: objects, maps: maps,
      resultLine: recording.result.line)
    switch header.kind {
    case .run: chart.notes = notes(recording)
    case .counterexample: complete(&chart, recording, world, beginning?.book)
    }
    return chart
  }

  /// One event in one line, for whoever steps through a recording; it has the number that its row has.
  public static func line(_ event: RecordedEvent, of recording: Recording) -> String {
    let number = recording.header.number(of: event, first: recording.events.first?.index ?? 0)
    var line = "\(number)  \(event.actor)" + (event.peer.map { " → \($0)" } ?? "") + "  \(event.call)"
    if let object = event.object { line += "  \(object)" }
    line += "  \(event.outcome.rawValue)"
    if let code = event.code, code != "-" { line += " \(code)" }
    if let name = event.guardID { line += " (\(name))" }
    if let property = event.property { line += " \(property)" }
    return line
  }

  private static func facts(_ header: RecordingHeader) -> [Fact] {
    var facts: [Fact] = []
    switch header.kind {
    case .run: facts = [Fact("machine", header.shape.name), Fact("seed", String(header.seed))]
    case .counterexample:
      facts = [Fact("", header.bounds.size)]
      if header.cast != .behaved { facts.append(Fact("host", header.cast == .hostileVMM ? "hostile VMM" : "untrusted")) }
    }
    facts.append(Fact("variant", header.host.variant))
    for replacement in header.host.replacements { facts.append(Fact(replacement.name, replacement.source.file)) }
    for fault in header.faults { facts.append(Fact("fault", fault)) }
    return facts + [Fact("evidence:", header.evidence)]
  }

  /// The digests that each party sees, and how the end compares with what was declared.
  private static func notes(_ recording: Recording) -> [Fact] {
    var notes: [Fact] = []
    for (position, transfer) in recording.result.transfers.enumerated() {
      let kind = transfer.isPrivate ? "private" : "shared"
      notes.append(Fact(kind, "\(transfer.bytes) bytes in '\(transfer.phase)': " + seen(transfer)))
      // What did not come back is no figure; the same figures again would only be scrolled over.
      if transfer.bytes == 0 { continue }
      let isKnown = recording.result.transfers[..<position].contains {
        $0.guest == transfer.guest && $0.device == transfer.device && $0.host == transfer.host
      }
      if isKnown { continue }
      notes += [Fact("  guest", transfer.guest), Fact("  device", transfer.device), Fact("  host", transfer.host)]
    }
    if !recording.result.ends.isEmpty { notes.append(Fact("as declared", recording.result.ends.joined(separator: "; "))) }
    return notes + recording.result.mismatches.map { Fact("NOT declared", $0) }
  }

  private static func seen(_ transfer: TransferRecord) -> String {
    if let failure = transfer.failure { return failure }
    if !transfer.agrees { return "not seen as they should be" }
    return transfer.isPrivate ? "guest and device see them, the host does not" : "guest, device and host see them"
  }

  /// What makes a chart a counterexample's: the broken promise, what is left standing, how to see it.
  private static func complete(_ chart: inout Chart, _ recording: Recording, _ world: ChartWorld, _ book: Rulebook?) {
    let header = recording.header
    guard let claim = header.claim else { return }
    chart.headline = Headline(claim.broken, aside: [claim.length(of: recording.events.count)] + (header.id.map { ["id \($0)"] } ?? []))
    if claim.property == nil ? !recording.result.mismatches.isEmpty : recording.result.violation == nil {
      chart.headline?.text += " (not here: \(recording.result.mismatches.first ?? "the path ends before"))"
    }
    if let phase = chart.phases.indices.last, let row = chart.phases[phase].rows.indices.last {
      chart.phases[phase].rows[row].remarks +=
        world.stillUsable.map { Fact("still usable", $0) } + world.stillTaken(by: claim)
        + lacking(recording.events.last, claim) + reported(recording.events.last, claim, book)
      if let book, Waiting.isShown(by: claim) { chart.phases[phase].rows[row].remarks += Waiting.facts(world.world, world.shape, book) }
      for fault in header.faults {
        guard fault.hasPrefix("drop-guard:"), let dropped = Guard(id: String(fault.dropFirst(11))) else { continue }
        chart.phases[phase].rows[row].remarks.append(Fact("would be held", "\(dropped.id)   \(dropped.entry.source)"))
      }
    }
    chart.notes = [Fact("promised", claim.sentence), Fact("by", claim.source)]
    if case .lapse(_, let turn, let round) = claim {
      let way = "after \(turn) step\(turn == 1 ? "" : "s"), \(round) that are repeated for ever; shown twice"
      let again = round == 0 ? "nothing that has to come can come any more" : way
      chart.notes.insert(Fact("for ever", again), at: 0)
    }
    chart.notes += recording.result.inferred.map { Fact("inferred", "\($0.sentence): \($0.id)") }
    chart.notes += recording.result.passesIf.map { Fact("passes if", $0) }
    if let id = header.id { chart.notes.append(Fact("see it", "cofferdam replay \(id) --step")) }
  }

  /// What the report was of: the step that ended the procedure says it by where its task was before.
  private static func reported(_ event: RecordedEvent?, _ claim: Claim, _ book: Rulebook?) -> [Fact] {
    let left = event?.changes.first { $0.place.hasPrefix("\(Field.taskPosition)[") }.flatMap { UInt16($0.before) }
    guard let book, let left, left < book.playbook.count else { return [] }
    let procedure = book.playbook[left].procedure
    let key: String? =
      switch claim {
      case .violation(.falseSuccess): "not done"
      case .violation(.falseFailure): "was done"
      default: nil
      }
    guard let key, let purpose = procedure.purpose else { return [] }
    return [Fact(key, "\(procedure.id): \(purpose)")]
  }

  /// Which lock was missing.
  private static func lacking(_ event: RecordedEvent?, _ claim: Claim) -> [Fact] {
    guard claim == .violation(.unlockedStep), let step = event.flatMap({ Step(id: $0.call) }) else { return [] }
    let always = step.locks(in: .none), more = step.locks(in: .open).subtracting(always)
    return [Fact("done under", (always.names + more.names.map { "where a device is opened or closed \($0)" }).joined(separator: ", or "))]
  }
}

extension Claim {
  /// Behind the way there stand two rounds of what is repeated, each a phase of its own. Nil where there is one phase.
  /// - Parameter step: counted from one.
  fileprivate func phase(ofStep step: Int) -> String? {
    guard case .lapse(_, let turn, let round) = self, round > 0 else { return nil }
    return step <= turn ? "the way there" : step <= turn + round ? "what is repeated for ever" : "the same once more"
  }

  /// As the verdict and a comparison count it: the second round is a picture of the first.
  fileprivate func length(of events: Int) -> String {
    if case .lapse(_, let turn, let round) = self, round > 0 { return "\(turn)+\(round) steps" }
    return "\(events) step\(events == 1 ? "" : "s")"
  }
}

extension ChartWorld {
  /// What nobody gives back. The last step breaks such a claim by being the last: what it is about was changed long before.
  func stillTaken(by claim: Claim) -> [Fact] {
    switch claim {
    case .violation(.bufferStaysRevoked), .lapse(.revokedBufferReturns, _, _):
      devices(with: .bufferIsRevoked).map { Fact("still revoked", "the buffer of \($0), whose function answers; nobody is at work on it") }
    case .violation(.slotStaysPrivate):
      devices(with: .slotIsPrivate).map { Fact("still private", "the slot of \($0), whose interface is unbound; nobody is at work on it") }
    default: []
    }
  }

  private func devices(with field: Field) -> [String] {
    shape.devices.enumerated().filter { world[field, $0.offset] != 0 }.map { shortAddress($0.element.id) }
  }

  /// Private translations of interfaces that are not locked any more.
  var stillUsable: [String] {
    var found: [String] = []
    for (d, device) in shape.devices.enumerated() {
      for (p, page) in device.pages.enumerated() where !world[interface: UInt8(d)].isLocked {
        guard world.isUsablePrivately(UInt8(d), UInt8(p)) else { continue }
        let entry = world[entry: UInt8(d), UInt8(p)]
        let how = entry == .mmioMapped ? "secure EPT \(Field.entry.word("\(entry)"))" : "cached in a TLB"
        found.append("page \(p) of the slot → BAR\(page.bar)+0x\(String(page.offset, radix: 16)), \(how)")
      }
    }
    return found
  }
}

extension Phase {
  /// A payload in a thousand pieces is a thousand times the same rows.
  static let rowLimit = 240

  /// The beginning and the end; the rows between are one, which has all their changes.
  var shortened: Phase {
    guard rows.count > Self.rowLimit else { return self }
    let head = rows.prefix(Self.rowLimit * 2 / 3), tail = rows.suffix(Self.rowLimit / 3)
    let middle = rows[head.count..<rows.count - tail.count]
    guard let first = middle.first else { return self }
    var fold = Row(first.index, first.from, call: "… \(middle.count) more", changes: middle.flatMap(\.changes), memory: middle.flatMap(\.memory))
    fold.mark = .ok
    return Phase(name, head + [fold] + tail)
  }
}
