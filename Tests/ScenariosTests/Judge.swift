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
  /// Accesses of each kind that were seen to move bytes, and to move none: a judge that saw nothing has proved nothing.
  private(set) var moved: [String: Int] = [:], stopped: [String: Int] = [:]
  /// Calls whose refusal does not end the VM, against the custom: for procedures that say so.
  var forgiven: Set<String> = []
  /// Looks with the host's eyes after each event.
  var looksAround = true
  private var random = SeededRandom(seed: 77)
  private var places: [String: (device: Int, page: Int, unit: Int)] = [:]

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

  func perform(_ actions: [Action]) { for action in actions where findings.isEmpty { perform(action) } }

  /// One event, judged.
  func perform(_ action: Action) {
    var expected: [[UInt8]]?
    var values: [UInt64]?
    var detail = Detail()
    let linesBefore = watchedLines
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
      if let line = linesBefore[Int(m)] { account.lines[line] = .init(bytes: bytes) }
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
    if let values { compare(what, seen.event.call, seen.values, values) }
    perform(action, seen.event, linesBefore)
    // A lock taken or a line passed by moves nothing; what it did by mistake shows at the next event.
    guard looksAround, !Self.isQuiet(seen.event.call) else { return }
    compareTables(after: what)
    if findings.isEmpty { lookAround(after: what) }
  }

  private static func isQuiet(_ call: String) -> Bool {
    ["lock ", "unlock ", "pass ", "jump", "nothing"].contains { call.hasPrefix($0) }
  }

  func find(_ sentence: String) { findings.append(sentence) }

  // MARK: Accesses

  /// Nothing or ones where no byte may come; the register's content where it may.
  private func compare(_ what: String, _ call: String, _ seen: [UInt64], _ expected: [UInt64]) {
    let isNothing = expected.allSatisfy { $0 == .max }
    isNothing ? (stopped[call, default: 0] += 1) : (moved[call, default: 0] += 1)
    if isNothing ? !seen.allSatisfy({ $0 == .max }) : seen != expected {
      find("\(what): read \(seen.map(hexadecimal)), the judge expects \(expected.map(hexadecimal))")
    }
  }

  private func compare(_ what: String, _ call: String, _ seen: [UInt8], _ expected: [[UInt8]]) {
    let isNothing = expected.allSatisfy { $0.allSatisfy { $0 == 0 } }
    isNothing ? (stopped[call, default: 0] += 1) : (moved[call, default: 0] += 1)
    if !expected.contains(where: { seen == $0 || (seen.count > 64 && isNothing && seen.allSatisfy { $0 == 0 }) }) {
      find("\(what): read \(hexText(seen)), the judge expects \(expected.map { hexText($0) })")
    }
  }

  private func isTEE(_ d: Int, _ p: Int) -> Bool { machine.hardware.functions[d].pages[p].isTEE }
  private func content(_ at: HostPhysicalAddress) -> UInt64 { machine.hardware.load(at, width: 8) }
  func landing(_ m: UInt8) -> UInt64 { machine.file.plan.privateUnits[Int(m)].size.bytes - 64 }
  /// Bytes that nobody has written before, and none of them zero.
  private func fresh() -> [UInt8] { (0..<64).map { _ in UInt8(truncatingIfNeeded: random.next()) | 1 } }
  var watchedLines: [UInt64?] {
    machine.module.unitFrames.enumerated().map { m, frame in frame.map { $0.start.rawValue + landing(UInt8(m)) } }
  }

  /// The leaf that a vCPU would use now: cached, or walked and open.
  private func leaf(_ address: GuestPhysicalAddress) -> Leaf<GuestPhysicalAddress>? {
    var tlb = machine.hardware.tlb
    if let cached = tlb.lookUp(address, in: .vm(KVM.vm)) { return cached }
    let isShared = address.rawValue >> UInt64(machine.file.plan.sharedBit) & 1 == 1
    guard let found = (isShared ? machine.kvm.sharedEPT : machine.module.secureEPT)?.walk(address) else { return nil }
    return found.attributes.isReadable ? found : nil
  }

  private func predictAccess(_ d: Int, _ p: Int, _ secure: Bool) -> [UInt64] {
    let plan = machine.file.plan, page = plan.page(UInt8(d), UInt8(p))
    let address = secure ? page : plan.shared(page)
    guard account.guestRuns, account.access == nil, let leaf = leaf(address) else { return [.max] }
    let it = account.devices[d]
    let isAccepted = it.tdi.accepts(isTEE: isTEE(d, p), t: secure) && (!secure || !it.isInsecure)
    if it.answers, !isAccepted { return [.max] }
    account.access = (d, secure)
    account.mayBeCached[address.rawValue] = leaf.target.rawValue
    return [it.answers ? content(leaf.target) : .max]
  }

  private func predictTouch(_ d: Int, _ p: Int) -> [UInt64] {
    let it = account.devices[d]
    guard it.answers, it.tdi.accepts(isTEE: isTEE(d, p), t: false) else { return [.max] }
    return [content(machine.hardware.page(UInt8(d), UInt8(p)))]
  }

  /// An importer reads the first page that its device answers for; what it has mapped is in its own table.
  private func predictImporter(_ i: UInt8) -> [UInt64]? {
    guard let importer = machine.importers[Int(i)], importer.table.walk(BufferImporter.base) != nil else { return [] }
    let d = Int(importer.device), pages = account.devices[d].pages.indices
    // Whether it still may is its own good behaviour: it was told.
    guard let p = pages.first(where: { predictTouch(d, $0) != [.max] }) else { return [.max] }
    return predictTouch(d, p)
  }

  private func predictRead(_ m: Int) -> [[UInt8]] {
    let base = machine.file.plan.privateUnits[m].base
    guard account.guestRuns, let leaf = leaf(base) else { return [[]] }
    account.mayBeCached[base.rawValue] = leaf.target.rawValue
    let at = leaf.target.rawValue + landing(UInt8(m))
    let line = account.lines[at] ?? .init()
    if line.isOwned, !line.isPoisoned { return [line.bytes] }
    account.lines[at]?.isPoisoned = true
    // A machine check: the TD is fatal.
    account.endVM(isFatal: true)
    return [[UInt8](repeating: 0, count: 64)]
  }

  private func predictWrite(_ m: Int, _ bytes: [UInt8]) {
    let base = machine.file.plan.privateUnits[m].base
    guard account.guestRuns, account.units[m].state == .mapped, let leaf = leaf(base) else { return }
    account.mayBeCached[base.rawValue] = leaf.target.rawValue
    account.lines[leaf.target.rawValue + landing(UInt8(m))] = .init(isOwned: true, bytes: bytes)
  }

  private func predictHostRead(_ m: Int) -> [[UInt8]] {
    guard let at = watchedLines[m] else { return [[]] }
    let line = account.lines[at] ?? .init()
    return [line.isOwned ? [UInt8](repeating: 0, count: 64) : line.bytes]
  }

  // MARK: The device's own transfers

  private func mayIssue(_ d: Int, _ trusted: Bool) -> Bool {
    let it = account.devices[d]
    return it.busMaster && !it.isAsleep && !it.isInReset && JudgedInterface.sends[trusted]?.contains(it.tdi.state) == true
  }

  private func issue(_ d: Int, _ trusted: Bool) {
    guard account.devices[d].transfer == nil, mayIssue(d, trusted) else { return }
    account.devices[d].transfer = trusted ? .trusted : .shared
  }

  private func finishTrusted(_ d: Int, _ m: Int) {
    guard account.devices[d].transfer == .trusted else { return }
    account.devices[d].transfer = nil
    let base = machine.file.plan.privateUnits[m].base.rawValue
    let context = TranslationContext.device(machine.id(UInt8(d)), trusted: true)
    let cached = machine.hardware.iommu.cache.entries.first {
      $0.context == context && $0.leaf.start.rawValue <= base && base < $0.leaf.start.rawValue + $0.leaf.size.bytes
    }
    var target = cached?.leaf.target
    if target == nil, account.devices[d].contextIsCached || account.devices[d].context == .present,
      let leaf = machine.module.secureEPT?.walk(GuestPhysicalAddress(base)), leaf.attributes.isReadable
    { target = leaf.target }
    guard let target else {
      stopped["DMA T=1", default: 0] += 1
      return
    }
    account.devices[d].contextIsCached = true
    let at = target.rawValue + landing(UInt8(m))
    guard let line = account.lines[at], line.isOwned, !line.isPoisoned else {
      account.lines[at, default: .init()].isPoisoned = true
      return
    }
    moved["DMA T=1", default: 0] += 1
    account.devices[d].secret = word(line.bytes)
  }

  private func finishShared(_ d: Int) {
    account.devices[d].transfer = nil
    guard let unit = machine.file.plan.sharedUnits.first,
      let leaf = machine.hardware.iommu.sharedContext(of: machine.id(UInt8(d)))?.walk(IOVirtualAddress(unit.base.rawValue)),
      let found = try? machine.hardware.encryption.read(at: leaf.target, count: 8, as: .shared)
    else { return }
    moved["DMA T=0", default: 0] += 1
    account.devices[d].secret = word(found.bytes)
  }

  private func word(_ bytes: [UInt8]) -> UInt64 { bytes.prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) } }

  // MARK: Calls

  /// platforms.md section 2: of these calls the host's KVM takes any refusal but "busy" for its own defect, and gives the VM up.
  private static let mustNotFail: Set<String> = [
    "TDH.DEVIF.REMOVE", "TDH.MMIOMT.REMOVE", "TDH.MMIO.BLOCK", "TDH.MMIO.UNMAP", "TDH.MEM.TRACK", "TDH.DMAR.BLOCK", "TDH.DMAR.REMOVE",
    "TDH.IQINV.REQ(PASIDTE)", "TDH.IQINV.REQ(IOTLB)", "TDH.IQINV.PROC", "TDH.MEM.RANGE.BLOCK", "TDH.MEM.PAGE.REMOVE",
  ]

  private func perform(_ action: Action, _ event: Event, _ linesBefore: [UInt64?]) {
    switch action {
    case .advance(let task): step(event, task: Int(task), frame: nil, linesBefore, isProcedure: true)
    case .call: step(event, task: 0, frame: nil, linesBefore, isProcedure: false)
    case .mapWrongPage(_, _, let frame): step(event, task: 0, frame: Int(frame), linesBefore, isProcedure: false)
    case .crashVMM where account.vmmIsAlive:
      account.vmmIsAlive = false
      account.endVM(isFatal: false)
    case .streamInsecure(let d) where account.devices[Int(d)].stream != .absent && !account.devices[Int(d)].isInsecure:
      account.devices[Int(d)].isInsecure = true
      account.devices[Int(d)].change()
    case .enterVCPU:
      guard !account.isInside, account.life == .runnable, account.vmmIsAlive else { return }
      if account.sampledEpoch != account.epoch { account.mayBeCached = [:] }
      (account.isInside, account.sampledEpoch) = (true, account.epoch)
    case .endAccess: account.access = nil
    default: guest(action, linesBefore)
    }
  }

  /// A step of a procedure, or a call made directly: name and place are the event's.
  private func step(_ event: Event, task: Int, frame: Int?, _ linesBefore: [UInt64?], isProcedure: Bool) {
    let place = event.object.flatMap { places[$0] } ?? (0, 0, 0)
    let (d, plan) = (place.device, machine.file.plan)
    var host = HostView(lines: watchedLines, linesBefore: linesBefore)
    host.hasSlot = machine.kvm.slots[d] != nil
    host.isRevoked = machine.vfio.buffers[d]?.isRevoked ?? true
    host.pageIsPrivate = machine.kvm.slots[d]?.isPrivate == true && isTEE(d, place.page)
    host.sharedAddresses = account.devices[d].pages.indices.map { plan.shared(plan.page(UInt8(d), UInt8($0))).rawValue }
    let result = account.call(event.call, d, place.page, place.unit, task: task, frame: frame, host: host)
    if isProcedure, result == .error, Self.mustNotFail.contains(event.call), !forgiven.contains(event.call) { account.endVM(isFatal: false) }
  }

  /// The guest's calls into the module.
  private func guest(_ action: Action, _ linesBefore: [UInt64?]) {
    guard account.guestRuns else { return }
    switch action {
    case .acceptMemory(let m):
      guard account.units[Int(m)].state == .pending, let line = watchedLines[Int(m)] else { return }
      account.units[Int(m)].state = .mapped
      account.lines[line] = .init(isOwned: true)
    case .validate(let d), .askReport(let d), .askStart(let d), .collect(let d), .checkEvidence(let d), .acceptDMA(let d), .acceptMMIO(let d, _):
      var it = account.devices[Int(d)]
      defer { account.devices[Int(d)] = it }
      switch action {
      case .validate: if it.hasObject, it.recorded == .locked { it.isValid = true }
      case .askReport:
        guard it.hasObject, it.isValid, it.conversation == nil, it.processed == nil, it.recorded == .locked, it.evidence == .none else { return }
        it.conversation = .init(message: .report)
      case .askStart:
        guard it.hasObject, it.isValid, it.conversation == nil, it.processed == nil, it.recorded == .locked, it.looksChecked,
          it.context == .present
        else { return }
        it.conversation = .init(message: .start)
      case .collect:
        guard it.isValid, let message = it.processed else { return }
        it.processed = nil
        if message == .report { it.evidence = .collected } else { it.recorded = .run }
      case .checkEvidence: if it.evidence == .collected { it.evidence = .checked }
      case .acceptDMA:
        if it.looksChecked, it.context == .pending, it.isValid, it.recorded == .locked { it.context = .present }
      case .acceptMMIO(_, let p):
        let entry = it.pages[Int(p)].entry
        if it.looksChecked, entry.state == .pending, entry.frame == Int(p) { it.pages[Int(p)].entry.state = .mapped }
      default: break
      }
    default: break
    }
  }
}
