import Host
import Machine
import Memory
import PCI
import Primitives
import Rules
import TEE

/// Watches a machine as somebody would who trusts none of its rules. It sees which calls are made with which parameters, page
/// tables, caches, configuration space and bytes. It reads no outcome, code, guard or world, and asks no rule.
///
/// Around each event it says what may move, and compares: did the target's bytes change, did the reader get plaintext, zeros,
/// or ones? After each event it looks at every page and every unit with the host's eyes, and walks the real tables.
final class Judge {
  let machine: Machine
  var account: JudgeAccount
  /// Where the machine and the judge differ.
  private(set) var findings: [String] = []
  /// What must not happen and was seen to, whether or not the machine agrees with the judge about it.
  private(set) var sightings: [Sighting] = []
  /// Goes on after a difference: for machines that lack a guard, where the difference is the first thing to be seen.
  var isPatient = false
  /// Accesses of each kind that were seen to move bytes, and to move none: a judge that saw nothing has proved nothing.
  var moved: [String: Int] = [:], stopped: [String: Int] = [:]
  /// Calls whose refusal does not end the VM, against the custom: for procedures that say so.
  var forgiven: Set<String> = []
  /// The host's procedures work without the locks that they should hold: by them nobody can tell who is at work.
  var takesLocksAway = false
  /// How much is looked at after each event: nothing, the tables, or all that the host's CPU can try as well.
  enum Look { case nowhere, atTables, around }
  var look = Look.around
  var random = SeededRandom(seed: 77)
  var places: [String: (device: Int, page: Int, unit: Int)] = [:]

  init(_ machine: Machine) {
    self.machine = machine
    let pages = Int(machine.book.bounds.pages)
    account = JudgeAccount(
      devices: machine.devices.map { _ in JudgeAccount.Device(pages: Array(repeating: .init(), count: pages)) },
      units: machine.file.plan.privateUnits.map { _ in .init() })
    for d in machine.devices {
      places[machine.id(d).description] = (Int(d), 0, 0)
      for p in 0..<pages { places[machine.text(page: UInt8(p), of: d)] = (Int(d), p, 0) }
    }
    for (m, unit) in machine.file.plan.privateUnits.enumerated() { places["gpa \(unit.base)"] = (0, 0, m) }
  }

  func perform(_ actions: [Action]) { for action in actions where isPatient || findings.isEmpty { perform(action) } }

  /// One event, judged.
  func perform(_ action: Action) {
    var expected: [[UInt8]]?
    var values: [UInt64]?
    var detail = Detail()
    let before = HostBefore(
      lines: watchedLines, hasSlot: machine.kvm.slots.map { $0 != nil }, isRevoked: machine.vfio.buffers.map { $0?.isRevoked ?? false })
    let glance = glance(before: action)
    switch action {
    case .beginAccess(let d, let p, let secure): values = predictAccess(Int(d), Int(p), secure)
    case .hostTouchesPage(let d, let p), .peerTouchesPage(let d, let p): values = predictTouch(Int(d), Int(p))
    case .guestReads(let m):
      detail.memory = [.read(landing(m), count: 64)]
      expected = predictRead(Int(m))
    case .guestWrites(let m):
      let bytes = fresh()
      detail.memory = [.write(landing(m), bytes)]
      predictWrite(Int(m), bytes)
    case .hostReads(let m):
      detail.memory = [.read(landing(m), count: 64)]
      expected = predictHostRead(Int(m))
    case .hostWrites(let m):
      let bytes = fresh()
      detail.memory = [.write(landing(m), bytes)]
      if let line = before.lines[Int(m)] { account.lines[line] = .init(bytes: bytes) }
    case .peerTouches: expected = [[]]
    case .use(let i): values = predictImporter(i)
    case .startDMA(let d, let trusted): issue(Int(d), trusted)
    case .finishTrustedDMA(let d, let m): finishTrusted(Int(d), Int(m))
    case .finishSharedDMA(let d): if account.devices[Int(d)].transfer == .shared { finishShared(Int(d)) }
    case .sendShared(let d):
      if account.devices[Int(d)].transfer == nil, mayIssue(Int(d), false) { finishShared(Int(d)) }
    default: break
    }

    let seen = machine.attempt(action, detail)
    let what = "event \(seen.event.index) \(seen.event.call) \(seen.event.object ?? "")"
    if let expected { compare(what, seen.event.call, seen.bytes, expected) }
    // An importer that was told to let go, or is at it already, may not even try.
    var isIdle = false
    if case .use = action { isIdle = seen.values.isEmpty }
    if let values, !isIdle { compare(what, seen.event.call, seen.values, values) }
    if case .use(let i) = action, !isIdle { account.using.insert(Int(i)) }
    sight(action, seen, glance)
    perform(action, seen.event, before)
    sightState(seen.event)
    // A lock taken or a line passed by moves nothing; what it did by mistake shows at the next event.
    guard look != .nowhere, !Self.isQuiet(seen.event.call) else { return }
    if findings.isEmpty || isPatient { compareTables(after: what) }
    if look == .around, findings.isEmpty { lookAround(after: what) }
  }

  private static func isQuiet(_ call: String) -> Bool {
    ["lock ", "unlock ", "pass ", "jump", "nothing"].contains { call.hasPrefix($0) }
  }

  /// The first are what matters; what follows from them is not listed without end.
  func find(_ sentence: String) { if findings.count < 50 { findings.append(sentence) } }

  func sight(_ harm: Harm, _ event: Event, _ what: String) {
    let isOld = sightings.contains { $0.harm == harm && $0.what == what }
    if !isOld { sightings.append(Sighting(harm: harm, event: event.index, what: what)) }
  }
}
